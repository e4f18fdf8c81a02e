//! What families say about a meal, and what becomes of it.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};

const DAY: &str = "2026-06-05";
const RATING: &str = "rating { id stars tags text textState answer isMine }";

/// A canteen, its manager, a family, and the family's order of today's lunch, LOCKED at 11:20.
struct Meal {
    canteen: Canteen,
    manager: Person,
    daughter: Person,
    order: String,
    code: Value,
}

impl Meal {
    async fn new(world: &World) -> Self {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 5)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let manager = world.manager("canteen1", &canteen).await;
        world.at("2026-06-04 20:00").await;
        let order = world.paid(&daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await;
        let code = world.order(&daughter, &order).await["servingCode"].clone();
        world.at("2026-06-05 11:20").await;
        Self { canteen, manager, daughter, order, code }
    }

    /// Served, and the family and the manager have just opened the mini-program: the platform checks no text of
    /// somebody who was not there for two hours.
    async fn served(world: &World) -> Self {
        let meal = Self::new(world).await;
        let served = world.serve(&meal.manager, &meal.canteen, json!({ "code": meal.code })).await;
        assert_eq!(served["order"]["state"], "SERVED", "{served}");
        for who in [&meal.daughter, &meal.manager] {
            world.login(&who.name).await;
        }
        meal
    }

    async fn rate(&self, world: &World, (stars, text): (i32, Option<&str>)) -> Value {
        let input = json!({
            "requestKey": "test-rating-00001", "orderId": self.order, "stars": stars, "tags": ["WARM", "TASTY"],
            "text": text,
        });
        world.act(&self.daughter, "ratingCreate", input, RATING).await
    }

    async fn change(&self, world: &World, rating: &str, mut change: Value) -> Value {
        change["ratingId"] = json!(rating);
        world.act(&self.daughter, "ratingChange", change, RATING).await
    }

    /// What waits for a rating of this person.
    async fn unrated(world: &World, who: &Person) -> Value {
        world.data(who, "{ unratedOrderIds }", json!({})).await["unratedOrderIds"].clone()
    }

    /// Text and its state as the author sees it.
    async fn own(&self, world: &World) -> (Value, Value) {
        let document = "query($id: ID!) { orderRating(orderId: $id) { text textState } }";
        let found =
            world.data(&self.daughter, document, json!({ "id": self.order })).await["orderRating"].clone();
        (found["text"].clone(), found["textState"].clone())
    }

    /// The canteen's numbers and its ratings as anybody sees them.
    async fn public(&self, world: &World) -> (Value, Value) {
        let document = "query($id: ID!) { canteen(id: $id) { rating { averageMilliStars count spread } } \
            canteenRatings(canteenId: $id) { nodes { stars text textState answer isMine } } }";
        let answer = world.ask(None, document, json!({ "id": self.canteen.id.to_string() })).await;
        let data = &answer["data"];
        (data["canteen"]["rating"].clone(), data["canteenRatings"]["nodes"].clone())
    }
}

fn rating_id(payload: &Value) -> String {
    payload["rating"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
}

fn numbers(average: Option<i64>, spread: [i64; 5]) -> Value {
    json!({ "averageMilliStars": average, "count": spread.iter().sum::<i64>(), "spread": spread })
}

on_both! {
    async fn a_meal_is_rated_once_and_only_after_it_was_eaten(world: World) {
        let meal = Meal::new(&world).await;
        let before = world.footprint().await;
        assert_eq!(refusal(&meal.rate(&world, (5, None)).await), "ORDER_NOT_SERVED");
        assert_eq!((world.footprint().await, meal.public(&world).await.0), (before, numbers(None, [0; 5])));
        assert_eq!(Meal::unrated(&world, &meal.daughter).await, json!([]), "not before it was eaten");
        world.serve(&meal.manager, &meal.canteen, json!({ "code": meal.code })).await;
        let served = world.footprint().await;
        assert_eq!(Meal::unrated(&world, &meal.daughter).await, json!([meal.order]));
        for (stars, text, code) in [
            (0, None, "STARS_INVALID"),
            (6, None, "STARS_INVALID"),
            (5, Some("好".repeat(501)), "TEXT_INVALID"),
            (5, Some("a\u{7}b".to_owned()), "TEXT_INVALID"),
        ] {
            assert_eq!(refusal(&meal.rate(&world, (stars, text.as_deref())).await), code);
        }
        assert_eq!(world.footprint().await, served);

        let rated = meal.rate(&world, (5, None)).await;
        let rating = json!({ "id": rating_id(&rated), "stars": 5, "tags": ["TASTY", "WARM"], "text": null,
            "textState": "NONE", "answer": null, "isMine": true });
        assert_eq!(rated["rating"], rating, "{rated}");
        let stranger = world.login("stranger1").await;
        let after = world.footprint().await;
        for who in [&meal.daughter, &meal.manager, &stranger] {
            assert_eq!(Meal::unrated(&world, who).await, json!([]), "rated, or not theirs: {}", who.name);
        }
        assert_eq!(rating_id(&meal.rate(&world, (5, None)).await), rating_id(&rated), "the same key");
        assert_eq!(refusal(&meal.rate(&world, (4, None)).await), "REQUEST_KEY_REUSED");
        let other = json!({ "requestKey": "test-rating-00002", "orderId": meal.order, "stars": 1 });
        let second = world.act(&meal.daughter, "ratingCreate", other.clone(), RATING).await;
        assert_eq!(refusal(&second), "ALREADY_RATED");
        let foreign = world.act(&stranger, "ratingCreate", other, RATING).await;
        assert_eq!(refusal(&foreign), "ORDER_NOT_FOUND");
        assert_eq!(world.footprint().await, after);
        // One rating of five stars beside ten of four: (5000 + 40000) / 11.
        assert_eq!(meal.public(&world).await.0, numbers(Some(4_090), [0, 0, 0, 0, 1]));
    }

    async fn words_are_public_when_the_platform_has_read_them(world: World) {
        let meal = Meal::served(&world).await;
        let id = rating_id(&meal.rate(&world, (4, Some(" 饭菜很软，老人爱吃 "))).await);
        assert_eq!(meal.own(&world).await, (json!("饭菜很软，老人爱吃"), json!("PENDING")));
        assert_eq!(meal.public(&world).await.1[0]["text"], json!(null), "not before it was read");
        world.work().await;
        assert_eq!(meal.public(&world).await.1[0]["text"], "饭菜很软，老人爱吃");

        // Unlawful words are hidden, doubtful ones wait for a person; the stars stay.
        for (text, state) in [("来赌 博吧", "HIDDEN"), ("加微信领鸡蛋", "PENDING")] {
            let changed = meal.change(&world, &id, json!({ "text": text })).await;
            assert_eq!(changed["rating"]["textState"], "PENDING", "{changed}");
            world.work().await;
            assert_eq!(meal.own(&world).await, (json!(text), json!(state)), "the author reads her own words");
            let (rating, shown) = meal.public(&world).await;
            assert_eq!((&shown[0]["text"], &shown[0]["stars"]), (&json!(null), &json!(4)));
            assert_eq!(rating, numbers(Some(4_000), [0, 0, 0, 1, 0]));
        }
        // A text under review is not sent again by itself.
        world.pass(7_200).await;
        world.work().await;
        assert_eq!(meal.own(&world).await.1, "PENDING");
        assert_eq!(meal.change(&world, &id, json!({ "text": null })).await["rating"]["textState"], "NONE");
        assert_eq!(meal.own(&world).await, (json!(null), json!("NONE")));
    }

    async fn a_text_of_somebody_who_was_away_is_read_at_the_next_visit(world: World) {
        let meal = Meal::served(&world).await;
        world.pass(3 * 3600).await;
        meal.rate(&world, (5, Some("很好"))).await;
        world.work().await;
        assert_eq!(meal.own(&world).await.1, "PENDING", "the platform knows her for two hours only");
        world.pass(1_800).await;
        world.login(&meal.daughter.name).await;
        world.work().await;
        assert_eq!(meal.own(&world).await.1, "VISIBLE");
    }

    async fn a_rating_is_changed_within_seven_days_and_the_earlier_one_is_kept(world: World) {
        let meal = Meal::served(&world).await;
        let id = rating_id(&meal.rate(&world, (2, Some("有点咸"))).await);
        world.work().await;
        assert_eq!(meal.public(&world).await.0, numbers(Some(3_818), [0, 1, 0, 0, 0]));
        let changed = meal.change(&world, &id, json!({ "stars": 5 })).await;
        let rating = &changed["rating"];
        assert_eq!((&rating["stars"], &rating["textState"]), (&json!(5), &json!("VISIBLE")), "{changed}");
        assert_eq!(meal.public(&world).await.0, numbers(Some(4_090), [0, 0, 0, 0, 1]));
        let kept = "count(*) FROM rating_version WHERE stars = 2 AND text = '有点咸' AND tags = 'TASTY,WARM'";
        assert_eq!(world.number(kept).await, 1);
        let stranger = world.login("stranger1").await;
        let same = world.footprint().await;
        meal.change(&world, &id, json!({ "stars": 5 })).await;
        assert_eq!(world.footprint().await, same, "a change that changes nothing leaves no trace");
        assert_eq!(refusal(&meal.change(&world, &id, json!({ "stars": 0 })).await), "STARS_INVALID");
        let foreign = world.act(&stranger, "ratingChange", json!({ "ratingId": id, "stars": 1 }), RATING).await;
        assert_eq!(refusal(&foreign), "RATING_NOT_FOUND");
        assert_eq!(world.footprint().await, same);

        world.pass(7 * 86_400 - 1).await;
        assert_eq!(meal.change(&world, &id, json!({ "stars": 4 })).await["rating"]["stars"], 4);
        let last = world.footprint().await;
        world.pass(1).await;
        assert_eq!(refusal(&meal.change(&world, &id, json!({ "stars": 1 })).await), "TOO_LATE");
        assert_eq!(world.footprint().await, last);
        assert_eq!(meal.public(&world).await.0, numbers(Some(4_000), [0, 0, 0, 1, 0]));
        assert_eq!(world.number("count(*) FROM rating_version").await, 2);
    }

    async fn the_canteen_answers_once(world: World) {
        let meal = Meal::served(&world).await;
        let id = rating_id(&meal.rate(&world, (3, None)).await);
        let answer = async |who: &Person, key: &str, text: &str| {
            let input = json!({ "requestKey": format!("test-answer-{key:0>8}"), "ratingId": id, "text": text });
            world.act(who, "ratingAnswer", input, RATING).await
        };
        let stranger = world.manager("canteen2", &world.canteen().await).await;
        let before = world.footprint().await;
        assert_eq!(refusal(&answer(&stranger, "1", "谢谢").await), "RATING_NOT_FOUND");
        assert_eq!(refusal(&answer(&meal.manager, "1", " ").await), "TEXT_INVALID");
        assert_eq!(world.footprint().await, before);

        let given = answer(&meal.manager, "1", "谢谢，下次少放盐").await;
        assert_eq!(given["rating"]["answer"], json!(null), "not before it was read: {given}");
        world.work().await;
        assert_eq!(meal.public(&world).await.1[0]["answer"], "谢谢，下次少放盐");
        let after = world.footprint().await;
        assert_eq!(rating_id(&answer(&meal.manager, "1", "谢谢，下次少放盐").await), id, "the same key");
        assert_eq!(refusal(&answer(&meal.manager, "1", "别的").await), "REQUEST_KEY_REUSED");
        assert_eq!(refusal(&answer(&meal.manager, "2", "再谢一次").await), "ALREADY_ANSWERED");
        assert_eq!(world.footprint().await, after);
    }

    async fn the_desk_hides_a_text_with_a_reason_and_shows_it_again(world: World) {
        let meal = Meal::served(&world).await;
        let id = rating_id(&meal.rate(&world, (1, Some("张三是坏人"))).await);
        world.work().await;
        let desk = world.desk("desk1").await;
        let far = world.with_role("desk2", entities::enums::Role::Desk, (None, Some("530112"))).await;
        let hide = |reason: &str| json!({ "ratingId": id, "reason": reason });
        let show = json!({ "ratingId": id });
        let before = world.footprint().await;
        let foreign = world.act(&far, "ratingTextHide", hide("点名辱骂"), RATING).await;
        assert_eq!(refusal(&foreign), "RATING_NOT_FOUND");
        let wordless = world.act(&desk, "ratingTextHide", hide(" "), RATING).await;
        assert_eq!(refusal(&wordless), "REASON_INVALID");
        let shown = world.act(&desk, "ratingTextShow", show.clone(), RATING).await;
        assert_eq!(refusal(&shown), "NOTHING_TO_SHOW");
        assert_eq!(world.footprint().await, before);

        let hidden = world.act(&desk, "ratingTextHide", hide("点名辱骂"), RATING).await;
        let rating = &hidden["rating"];
        let read = (&rating["textState"], &rating["text"]);
        assert_eq!(read, (&json!("HIDDEN"), &json!("张三是坏人")), "those in charge go on reading it: {hidden}");
        assert_eq!(world.number("count(*) FROM event WHERE name = 'text_hide' AND reason = '点名辱骂'").await, 1);
        let again = world.act(&desk, "ratingTextHide", hide("点名辱骂"), RATING).await;
        assert_eq!(refusal(&again), "NOTHING_TO_HIDE");
        let (rating, list) = meal.public(&world).await;
        assert_eq!((&list[0]["text"], &rating), (&json!(null), &numbers(Some(3_727), [1, 0, 0, 0, 0])), "the star stays");
        assert_eq!(meal.own(&world).await, (json!("张三是坏人"), json!("HIDDEN")));

        let shown = world.act(&desk, "ratingTextShow", show, RATING).await;
        assert_eq!(shown["rating"]["textState"], "VISIBLE", "{shown}");
        assert_eq!(meal.public(&world).await.1[0]["text"], "张三是坏人");
    }

    async fn what_a_person_hid_only_a_person_shows_again(world: World) {
        let meal = Meal::served(&world).await;
        let id = rating_id(&meal.rate(&world, (1, Some("张三是坏人"))).await);
        world.work().await;
        let desk = world.desk("desk1").await;
        let far = world.with_role("desk2", entities::enums::Role::Desk, (None, Some("530112"))).await;
        let hide = json!({ "ratingId": id, "reason": "点名辱骂" });
        world.act(&desk, "ratingTextHide", hide, RATING).await;
        let changed = meal.change(&world, &id, json!({ "text": "张三真是坏人" })).await;
        assert_eq!(changed["rating"]["textState"], "PENDING", "{changed}");
        world.work().await;
        world.pass(7_200).await;
        world.work().await;
        assert_eq!(meal.own(&world).await.1, "PENDING", "the platform lets it pass, a person has not looked yet");
        let document = "{ ratingsToReview { nodes { id text textState } } }";
        let listed = world.data(&desk, document, json!({})).await;
        let line = json!({ "id": id, "text": "张三真是坏人", "textState": "PENDING" });
        assert_eq!(listed["ratingsToReview"]["nodes"], json!([line]));
        let nothing = world.data(&far, document, json!({})).await;
        assert_eq!(nothing["ratingsToReview"]["nodes"], json!([]), "another branch");
        world.act(&desk, "ratingTextShow", json!({ "ratingId": id }), RATING).await;
        assert_eq!(meal.public(&world).await.1[0]["text"], "张三真是坏人");
    }

    async fn an_answer_can_be_hidden_by_hand(world: World) {
        let meal = Meal::served(&world).await;
        let id = rating_id(&meal.rate(&world, (2, None)).await);
        let answer = json!({ "requestKey": "test-answer-00001", "ratingId": id, "text": "你才咸" });
        world.act(&meal.manager, "ratingAnswer", answer, RATING).await;
        world.work().await;
        assert_eq!(meal.public(&world).await.1[0]["answer"], "你才咸");
        let desk = world.desk("desk1").await;
        let hide = json!({ "ratingId": id, "part": "ANSWER", "reason": "辱骂顾客" });
        let hidden = world.act(&desk, "ratingTextHide", hide, "rating { answer answerState textState }").await;
        let rating = json!({ "answer": "你才咸", "answerState": "HIDDEN", "textState": "NONE" });
        assert_eq!(hidden["rating"], rating, "{hidden}");
        assert_eq!(meal.public(&world).await.1[0]["answer"], json!(null));
        world.act(&desk, "ratingTextShow", json!({ "ratingId": id, "part": "ANSWER" }), RATING).await;
        assert_eq!(meal.public(&world).await.1[0]["answer"], "你才咸");
    }
}
