// Pure parts: words for every value, money, clock, keys, signatures.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { buildSchema, isEnumType } from 'graphql'
import { bytesOf, hmac, sha256 } from '../../src/carer/sha256.ts'
import { dayAhead, dayInWords, dayName, instant, left, setNow, timeInWords, timeOf, whenInWords } from '../../src/lib/clock.ts'
import { fenOf, spoken, yuan, yuanInWords } from '../../src/lib/money.ts'
import { eventWord, knownServices, words } from '../../src/lib/words.ts'

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const schema = buildSchema(read('../schema.graphql'))
// Codes of refusals come with a finished sentence from the API; everything else needs words here.
const enums = Object.values(schema.getTypeMap()).filter((type) => isEnumType(type) && !type.name.startsWith('__') && !type.name.endsWith('ErrorCode'))

test('every value of the contract has Chinese words', () => {
  for (const type of enums) {
    const known = words[type.name]
    assert.ok(known, `${type.name} has no words`)
    assert.deepEqual(Object.keys(known).sort(), type.getValues().map(({ name }) => name).sort(), type.name)
    for (const text of Object.values(known)) assert.match(text, /^[一-龥，、（）]+$/, `${type.name}: ${text}`)
  }
})

test('every bookable service has a short name', () => {
  const bookable = JSON.parse(read('../api/data/services.json'))
  const list = (Array.isArray(bookable) ? bookable : bookable.services).filter((one) => one.mode === 'BOOKABLE' || one.mode === 'bookable').map((one) => one.code)
  assert.ok(list.length > 10)
  assert.deepEqual(list.filter((code) => !knownServices.includes(code)), [])
})

test('the generated types and documents are those of the contract', async () => {
  const { generate } = await import('../../tools/codegen.mjs')
  for (const [path, text] of Object.entries(generate())) assert.equal(read(path), text, `${path} is stale: npm run codegen`)
})

test('each hash of the allow-list is that of its text', () => {
  const list = JSON.parse(read('src/api/gen/persisted-documents.json'))
  assert.ok(Object.keys(list).length > 40)
  for (const [hash, text] of Object.entries(list)) assert.equal(createHash('sha256').update(text).digest('hex'), hash)
})

test('money is written with two places and said in words', () => {
  assert.deepEqual([0, 5, 1250, 100000, -300].map(yuan), ['0.00 元', '0.05 元', '12.50 元', '1000.00 元', '−3.00 元'])
  assert.deepEqual([0, 900, 1250, 1205, 8000, 26000, 50].map(yuanInWords), ['零元', '九元', '十二元五角', '十二元零五分', '八十元', '二百六十元', '五角'])
  assert.deepEqual([0, 7, 10, 11, 20, 105, 110, 1001].map(spoken), ['零', '七', '十', '十一', '二十', '一百零五', '一百一十', '一千零一'])
})

test('what is written as an amount is read to the fen, and nothing else is', () => {
  assert.deepEqual(['12', '12.5', '12.50', ' 0.05 ', '1200000'].map(fenOf), [1200, 1250, 1250, 5, 120000000])
  assert.deepEqual(['', '12.505', '-1', '1e3', '十', '1,000'].map(fenOf), [null, null, null, null, null, null])
})

test('times are those of Kunming, in figures and in words', () => {
  setNow('2026-06-03T02:00:00Z')
  assert.equal(timeOf('2026-06-04T01:30:00Z'), '09:30')
  assert.deepEqual(['2026-06-04T01:30:00Z', '2026-06-04T03:00:00Z', '2026-06-04T04:00:00Z', '2026-06-04T06:15:00Z', '2026-06-03T23:05:00Z'].map(timeInWords), ['上午九点半', '上午十一点', '中午十二点', '下午两点一刻', '上午七点五分'])
  assert.equal(whenInWords('2026-06-04T03:00:00Z'), '明天上午十一点')
  assert.deepEqual(['2026-06-03', '2026-06-05', '2026-06-06', '2026-07-01'].map(dayInWords), ['今天', '后天', '星期六', '七月一日'])
  assert.equal(dayName('2026-06-02'), '昨天')
  // A quarter to midnight in Kunming is still the same day there, though not in London.
  setNow('2026-06-03T15:45:00Z')
  assert.equal(dayAhead(0), '2026-06-03')
  assert.equal(dayAhead(1), '2026-06-04')
  assert.equal(instant('2026-06-04', '09:00'), '2026-06-04T01:00:00.000Z')
  assert.equal(left('2026-06-03T15:57:30Z'), '还剩 13 分钟')
  assert.equal(left('2026-06-03T15:00:00Z'), '')
})

test('signatures are those of everybody else', () => {
  for (const text of ['', 'abc', '暖阳', 'a'.repeat(64), '长'.repeat(100)]) {
    assert.equal(sha256(text), createHash('sha256').update(text).digest('hex'))
    assert.equal(hmac(bytesOf('秘密 secret'), text), createHmac('sha256', '秘密 secret').update(text).digest('hex'))
    assert.equal(hmac(bytesOf('k'.repeat(90)), text), createHmac('sha256', 'k'.repeat(90)).update(text).digest('hex'))
  }
})

test('every step of the life cycles has a name in the timeline', () => {
  const machines = JSON.parse(read('../api/data/state-machines.json')).machines.filter(({ name }) => ['MealOrder', 'ServiceOrder'].includes(name))
  const events = machines.flatMap(({ transitions }) => transitions.map(({ event }) => event))
  assert.ok(events.length > 30)
  assert.deepEqual([...new Set(events)].filter((name) => !eventWord(name)), [])
})
