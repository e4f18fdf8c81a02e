// Two of a family do not know of each other's orders: what the elder has already is told before it is ordered again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { elderOf, visit } from '../kit/orders.mjs'

let world
let browser
const skip = !hasBrowser
before(async () => {
  world = await demo()
  browser = await open()
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

const timesOf = (window) => window.page.getByRole('group', { name: '几点开始' }).getByRole('button').allInnerTexts()
/** What the window has chosen and not yet ordered. */
const draftOf = (window, name) => window.page.evaluate((end) => {
  const key = Object.keys(localStorage).find((one) => one.endsWith(end))
  const inner = JSON.parse(localStorage.getItem(key))
  const data = inner.data ?? inner
  return typeof data === 'string' ? JSON.parse(data) : data
}, `.draft.${name}`)
const visits = async () => (await person(world.url, 'daughter1')('{ serviceOrders(first: 50) { nodes { id } } }')).serviceOrders.nodes.length
const clock = (at) => new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(11, 16)

test('a visit that the elder has already is told, its time is not offered, and a race ends at the orders', { skip, timeout: 120_000 }, async () => {
  const first = await visit(world.url, 'daughter1')
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/pages/home/index')
  await daughter.press('打扫卫生')
  await daughter.see(`这一天已经给李国强订了助洁：${clock(first.startsAt)}。`)
  await daughter.see('几点开始？')
  await daughter.see(/\d\d:(00|30)/)
  assert.ok(!(await timesOf(daughter)).some((time) => time.trim() === clock(first.startsAt)))
  await daughter.shot('booked-already')
  // Somebody else of the family takes the time that is being looked at.
  await daughter.press(/^\d\d:(00|30)$/)
  await daughter.press('下一步')
  await daughter.see(/付 \d/)
  const chosen = (await draftOf(daughter, 'visit')).startsAt
  const other = await visit(world.url, 'daughter1', 'cleaning_help', { at: chosen })
  const before = await visits()
  await daughter.press(/付 \d/)
  await daughter.see('这位老人这个时间已经订了这项服务，请先查看订单')
  await daughter.shot('booked-meanwhile')
  assert.equal(await visits(), before)
  await daughter.press('看订单')
  await daughter.see('助洁')
  assert.match(daughter.page.url(), /pages\/orders\/index/)
  assert.equal(other.startsAt, chosen)
  await daughter.close()
})

test('a meal that the elder has already is told before a second one is paid', { skip, timeout: 120_000 }, async () => {
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/pages/home/index')
  await daughter.press('订餐')
  await daughter.press('东骧社区老年幸福食堂')
  await daughter.press('到食堂吃')
  await daughter.pressNamed('加一份')
  await daughter.press('下一步')
  await daughter.see(/付 \d/)
  assert.doesNotMatch(await daughter.text(), /已经给/)
  const { slotId, items } = await draftOf(daughter, 'meal')
  const input = { requestKey: `test-twice-${Date.now()}`, elderId: (await elderOf(world.url, 'daughter1')).id, slotId, way: 'DINE_IN', items: items.map(({ dishId, quantity }) => ({ dishId, quantity })) }
  const { mealOrderPlace } = await person(world.url, 'daughter1')('mutation($input: MealOrderPlaceInput!) { mealOrderPlace(input: $input) { order { id } userErrors { message } } }', { input })
  assert.deepEqual(mealOrderPlace.userErrors, [])
  await daughter.page.reload()
  await daughter.see('这一餐已经给李国强订了 1 份。再订会多一份，也多付一份的钱。')
  await daughter.shot('meal-already')
  await daughter.close()
})
