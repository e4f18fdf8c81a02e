-- Bulk data for the bench. {elders}, {orders}, {canteens}, {days} are put in by world.rs; ids as in id.rs.
-- Persons are there already, made by the server when they signed in; elder number n is bound to person n modulo all.
-- Sealed columns hold what the server itself sealed for a person: any text under its key opens.
CREATE FUNCTION bench_id(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT ('01900000-' || lpad(to_hex(kind), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
CREATE FUNCTION bench_day(day bigint) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date - 20 + day::integer $$;
CREATE FUNCTION bench_at(day bigint, clock text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT (bench_day(day) + clock::time) AT TIME ZONE 'Asia/Shanghai' $$;
CREATE TEMP TABLE viewer AS
  SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, openid_sealed AS sealed FROM person;
CREATE UNIQUE INDEX viewer_n ON viewer (number);

INSERT INTO region (code, name, name_en, level, parent_code) VALUES
  ('53', '云南省', 'Yunnan', 'PROVINCE', NULL), ('5301', '昆明市', 'Kunming', 'CITY', '53'),
  ('530111', '官渡区', 'Guandu', 'DISTRICT', '5301'), ('530111004', '太和街道', 'Taihe', 'STREET', '530111')
  ON CONFLICT DO NOTHING;
INSERT INTO provider (id, name, kind, region_code, is_demo)
  SELECT bench_id(1, n), '演示公司' || n, 'CANTEEN', '530111004', true FROM generate_series(0, {canteens} - 1) n;
INSERT INTO canteen (id, provider_id, name, region_code, address, phone, latitude_e6, longitude_e6, delivery_fee_fen,
    delivery_radius_m, is_demo, stamp, stars_1, stars_2, stars_3, stars_4, stars_5)
  SELECT bench_id(2, n), bench_id(1, n), '演示长者食堂' || n, '530111004', '演示路 ' || n || ' 号', NULL,
    25010000 + n, 102750000 + n, 200, 3000, true, 1, 0, 1, 4, 20, 60 FROM generate_series(0, {canteens} - 1) n;
INSERT INTO canteen_delivery_region SELECT bench_id(2, n), '530111' FROM generate_series(0, {canteens} - 1) n;

-- Eight dishes a canteen, five of them whole meals, each with an old and a present price.
INSERT INTO dish (id, canteen_id, code, name, is_meal, portion_g, small_portion_g, allergens)
  SELECT bench_id(3, c * 8 + d), bench_id(2, c), 'D' || d, '软烂套餐' || d, d < 5, 450, 300, '花生'
  FROM generate_series(0, {canteens} - 1) c, generate_series(0, 7) d;
INSERT INTO dish_price (id, dish_id, price_fen, small_price_fen, published_at)
  SELECT bench_id(4, (c * 8 + d) * 2 + v), bench_id(3, c * 8 + d), 1200 + d * 50 + v * 10, 900, bench_at(-40 + v * 20, '00:00')
  FROM generate_series(0, {canteens} - 1) c, generate_series(0, 7) d, generate_series(0, 1) v;
INSERT INTO menu_dish (canteen_id, served_on, period, dish_id, position, is_sold_out)
  SELECT bench_id(2, c), bench_day(day), period, bench_id(3, c * 8 + d), d, false
  FROM generate_series(0, {canteens} - 1) c, generate_series(0, {days} - 1) day, generate_series(0, 7) d,
    (VALUES ('LUNCH'), ('DINNER')) p (period);

-- Lunch and dinner, each with a pool for eating there or fetching and one for bringing.
INSERT INTO meal_slot (id, canteen_id, served_on, period, ways, capacity, taken, is_open, cut_off_at, starts_at, ends_at)
  SELECT bench_id(5, ((c * {days} + day) * 2 + p) * 2 + pool), bench_id(2, c), bench_day(day),
    (ARRAY['LUNCH','DINNER'])[p + 1], (ARRAY[3, 4])[pool + 1], 1000000, 0, true,
    bench_at(day, (ARRAY['09:00','15:00'])[p + 1]), bench_at(day, (ARRAY['11:00','17:00'])[p + 1]),
    bench_at(day, (ARRAY['13:00','18:30'])[p + 1])
  FROM generate_series(0, {canteens} - 1) c, generate_series(0, {days} - 1) day, generate_series(0, 1) p,
    generate_series(0, 1) pool;
-- Breakfasts of canteen 0 far ahead: hot slots, and the last one with 200 places for the rush.
INSERT INTO menu_dish (canteen_id, served_on, period, dish_id, position, is_sold_out)
  SELECT bench_id(2, 0), bench_day({days} + n), 'BREAKFAST', bench_id(3, 0), 0, false FROM generate_series(0, 9) n;
INSERT INTO meal_slot (id, canteen_id, served_on, period, ways, capacity, taken, is_open, cut_off_at, starts_at, ends_at)
  SELECT bench_id(13, n), bench_id(2, 0), bench_day({days} + n), 'BREAKFAST', 3,
    CASE WHEN n = 9 THEN 200 ELSE 1000000 END, 0, true, bench_at({days} + n - 1, '20:00'), bench_at({days} + n, '07:00'),
    bench_at({days} + n, '08:30') FROM generate_series(0, 9) n;

INSERT INTO elder (id, person_id, name_sealed, name_index, birth_on, sex, phone_sealed, phone_index, id_number_sealed,
    id_number_index, card_index, address_sealed, latitude_e6, longitude_e6, dietary_sealed, region_code, created_at)
  SELECT bench_id(6, n), NULL, v.sealed, md5('name' || n), date '1945-01-01' + (n % 5000)::integer,
    CASE WHEN n % 2 = 0 THEN 'FEMALE' ELSE 'MALE' END, v.sealed, md5('phone' || n), v.sealed, md5('id' || n),
    md5('card' || n), v.sealed, 25012000, 102751000, v.sealed, '530111004009', now() - interval '1 year'
  FROM generate_series(0, {elders} - 1) n JOIN viewer v ON v.number = n % (SELECT count(*) FROM viewer);
INSERT INTO family_bond (id, elder_id, person_id, relation, state, scopes, started_at, version)
  SELECT bench_id(7, n), bench_id(6, n), v.id, 'CHILD', 'ACTIVE', 15, now() - interval '1 year', 0
  FROM generate_series(0, {elders} - 1) n JOIN viewer v ON v.number = n % (SELECT count(*) FROM viewer);

INSERT INTO meal_order (id, placed_by, request_key, request_fingerprint, elder_id, canteen_id, slot_id, served_on,
    period, way, channel, state, version, portions, list_fen, delivery_fen, subsidy_fen, voucher_fen, cash_fen,
    subsidy_rule, has_live_subsidy, serving_code, pay_before, created_at, ended_at)
  SELECT bench_id(8, n), v.id, 'bulk-' || lpad(n::text, 20, '0'), md5(n::text) || md5('x' || n), bench_id(6, e),
    bench_id(2, c), bench_id(5, ((c * {days} + w / 2) * 2 + w % 2) * 2), bench_day(w / 2),
    (ARRAY['LUNCH','DINNER'])[w % 2 + 1], 'PICK_UP', 'FAMILY_APP', 'SERVED', 4, 1, 2550, 0, 200, 0, 2350,
    'guandu-meal@2026-01-01', true, '123456', NULL, bench_at(w / 2 - 1, '10:00'), bench_at(w / 2, '12:00')
  FROM (SELECT n, n % {elders} AS e, (7 * (n % {elders}) + n / {elders}) % 40 AS w,
      (13 * (n % {elders}) + 5 * (n / {elders})) % {canteens} AS c FROM generate_series(0, {orders} - 1) n) o
  JOIN viewer v ON v.number = o.e % (SELECT count(*) FROM viewer);
INSERT INTO meal_order_item (order_id, position, dish_id, name, is_small, quantity, unit_price_fen)
  SELECT o.id, p, bench_id(3, (('x' || right(o.canteen_id::text, 12))::bit(48)::bigint) * 8 + p * 5), '软烂套餐' || p * 5,
    false, 1, 1200 + p * 150 FROM meal_order o, generate_series(0, 1) p;
DROP FUNCTION bench_at, bench_day, bench_id;
DROP TABLE viewer;
