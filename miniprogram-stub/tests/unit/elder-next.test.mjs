// What an elder's home tells first.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { now, setNow } from '../../src/lib/clock.ts'
import { nextSentences, sayMeal } from '../../src/lib/elder.ts'

setNow('2026-06-03T02:00:00Z')
// One moment for all: meals at one time begin at the same millisecond.
const began = now()
const at = (hours) => new Date(began + hours * 3_600_000).toISOString()
let made = 0
const event = (name) => ({ id: String((made += 1)), name, happenedAt: at(-1), reason: null })
const meal = (state, hours, more = {}) => ({ state, period: 'LUNCH', way: 'DINE_IN', startsAt: at(hours), dueFen: 1000, servingCode: '111111', refunds: [], items: [], canteen: { name: '食堂' }, timeline: [event('place'), event('last')], ...more })
const visit = (state, hours, more = {}) => ({ state, serviceCode: 'cleaning_help', startsAt: at(hours), endsAt: at(hours + 2), dueFen: 1000, visitCode: '222222', refunds: [], carers: [{ name: '张师傅' }], timeline: [event('last')], ...more })
const next = (meals, visits = []) => nextSentences({ mealOrders: { nodes: meals }, serviceOrders: { nodes: visits } })

test('what waits for money is not hidden by what nobody paid, and that is told once', () => {
  const dead = [meal('EXPIRED', 1), meal('EXPIRED', 1)]
  assert.deepEqual(next(dead).map(({ text }) => text.slice(-11)), ['，没有付钱，没有订上。'])
  assert.deepEqual(next([...dead, meal('HELD', 25)]).map(({ text }) => text.replace(/.*，/, '')), ['等家人付十元。'])
  assert.deepEqual(next([...dead, meal('HELD', 2), meal('CONFIRMED', 25)]).map(({ text }) => text.replace(/.*，/, '')), ['订好了。', '等家人付十元。'])
})

test('two meals at one time are told apart by their dishes', () => {
  const two = next([meal('CONFIRMED', 1, { id: 'a', items: [{ name: '红烧肉' }] }), meal('CONFIRMED', 1, { id: 'b', items: [{ name: '清蒸鱼' }] })])
  const equal = next([meal('CONFIRMED', 1), meal('READY', 1), meal('CONFIRMED', 25)])
  assert.deepEqual([...two, ...equal].map(({ text }) => text.split('午饭，')[1]), ['红烧肉，订好了。', '清蒸鱼，订好了。', '第一份，订好了。', '第二份，饭做好了。'])
})

test('what others called off stays told beside what is open, and after it', () => {
  const found = next([meal('CANCELLED', 1, { timeline: [event('canteen_cancel')] }), meal('EXPIRED', 1)], [visit('ACCEPTED', 25)])
  assert.deepEqual(found.map(({ text }) => text.replace(/.*，/, '')), ['张师傅会来。', '已经取消了。'])
})

test('who is on the way to the door comes first, with the code for the door', () => {
  const [first, second] = next([meal('READY', -1)], [visit('EN_ROUTE', 1)])
  assert.deepEqual([first.code, first.codeName], ['222222', '师傅到门口，报这个码'])
  assert.deepEqual([second.code, second.codeName], ['111111', '取饭时，报这个码'])
  assert.equal(next([meal('READY', -1)], [visit('ACCEPTED', 1)])[0].code, '111111')
})

test('a meal that nobody fetched or that reached nobody is not called off', () => {
  assert.equal(sayMeal(meal('NO_SHOW', -3)).at(-1), '没有来取。')
  assert.equal(sayMeal(meal('UNDELIVERED', -3, { refunds: [{ amountFen: 1000 }] })).at(-1), '没有送到，十元退给付钱的人。')
})
