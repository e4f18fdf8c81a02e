// What each reader is told of an order: who is to pay, until when, what became of it, and what to do next.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo, moveClock, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { asked, inCareOf, meal, pay, visit } from '../kit/orders.mjs'

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

const hours = 3_600_000
const later = (at, ms) => new Date(Date.parse(at) + ms).toISOString()
const asks = (name, text, variables) => person(world.url, name)(text, variables)
const stateOf = async (id) => (await asks('daughter1', 'query($id: ID!) { mealOrder(id: $id) { state } }', { id })).mealOrder.state
async function until(id, state) {
  for (let tries = 0; tries < 60 && (await stateOf(id)) !== state; tries += 1) await new Promise((done) => setTimeout(done, 200))
  assert.equal(await stateOf(id), state)
}
const occurs = (text, words) => text.split(words).length - 1
const figures = async (window) => (await window.page.locator('.code').innerText()).replace(/\s/g, '')

test('a meal that nobody pays: each is told what concerns him, and the elder orders again with one press', { skip }, async () => {
  const held = await meal(world.url, 'elder1')
  await asks('elder1', 'mutation($id: ID!) { paymentRequest(input: {orderId: $id}) { userErrors { message } } }', { id: held.id })
  const [elder, daughter] = [await seat(browser, world.url, 'elder1'), await seat(browser, world.url, 'daughter1')]
  await elder.go(`/elder/booked/index?kind=meal&id=${held.id}`)
  await elder.see('已告诉家人')
  await elder.see(/家人可以付到.*[上下中晚清].*点/)
  await elder.shot('told-elder-waits')
  await daughter.go(`/pages/meal/order?id=${held.id}`)
  await daughter.see('请您付款，付了就订上了。')
  await daughter.see('您付')
  assert.doesNotMatch(await daughter.text(), /请家人付款/)
  // Who only looks on reads that others are waited for, and has nothing to press.
  await inCareOf(world.url, 'son1', '李国强')
  const son = await seat(browser, world.url, 'son1')
  await son.go(`/pages/meal/order?id=${held.id}`)
  await son.see('等家人付款，付了就订上了。')
  await son.see('家人付')
  assert.doesNotMatch(await son.text(), /您付|付 \d/)
  await son.close()
  await daughter.go('/mine/messages/index')
  await daughter.see('请您付款')
  await daughter.see(/给 李国强 · .*餐/)
  await daughter.shot('told-message')

  const { mealOrder } = await asks('daughter1', 'query($id: ID!) { mealOrder(id: $id) { payBefore } }', { id: held.id })
  await moveClock(world.url, { at: later(mealOrder.payBefore, 5 * 60_000) })
  await until(held.id, 'EXPIRED')
  await elder.see('没有付钱，没有订上')
  await elder.shot('told-elder-lapsed')
  await daughter.go(`/pages/meal/order?id=${held.id}`)
  await daughter.see('：没有付钱，没有订上')
  await daughter.see('没有付')
  assert.doesNotMatch(await daughter.text(), /您付|已付|已取消/)
  await daughter.shot('told-daughter-lapsed')
  await daughter.press('再订一次')
  await daughter.see('哪一天？')

  // Two of them are told once; an open one comes before, and then alone.
  const second = await meal(world.url, 'elder1')
  assert.equal(second.startsAt, held.startsAt)
  const { mealOrder: again } = await asks('daughter1', 'query($id: ID!) { mealOrder(id: $id) { payBefore } }', { id: second.id })
  await moveClock(world.url, { at: later(again.payBefore, 5 * 60_000) })
  await until(second.id, 'EXPIRED')
  await elder.go('/elder/home/index')
  await elder.see('没有付钱，没有订上')
  assert.equal(occurs(await elder.text(), '没有付钱'), 1)
  const third = await meal(world.url, 'elder1')
  await elder.go('/elder/home/index')
  await elder.see('等家人付')
  assert.doesNotMatch(await elder.text(), /没有付钱/)
  await elder.shot('told-elder-home')
  await asks('elder1', 'mutation($id: ID!) { mealOrderCancel(input: {orderId: $id}) { userErrors { message } } }', { id: third.id })

  await elder.go(`/elder/booked/index?kind=meal&id=${held.id}`)
  await elder.see('没有付钱，没有订上')
  await elder.press('再订一次')
  await elder.see('订饭')
  assert.match(elder.page.url(), /elder\/meal\/index/)
  assert.deepEqual([...elder.faults, ...daughter.faults], [])
})

test('who is on the way to the door comes first with his code; the meal keeps its own within two presses', { skip }, async () => {
  const coming = await visit(world.url, 'daughter1')
  await pay(world.url, 'daughter1', coming.id)
  // Served after the visit begins: it is still open when the carer sets out, at whatever hour this runs.
  const first = await meal(world.url, 'daughter1', { from: coming.startsAt })
  await pay(world.url, 'daughter1', first.id)
  const carer = await asked(world.url, coming.id)
  await asks(carer, 'mutation($id: ID!) { offerAccept(input: {orderId: $id}) { userErrors { message } } }', { id: coming.id })
  await moveClock(world.url, { at: later(coming.startsAt, -1 * hours) })
  await asks(carer, 'mutation($id: ID!) { visitSetOut(input: {orderId: $id}) { userErrors { message } } }', { id: coming.id })
  const { mealOrders } = await asks('elder1', '{ mealOrders(first: 8) { nodes { id state servingCode } } }')
  const ready = mealOrders.nodes.find(({ id }) => id === first.id)
  const elder = await seat(browser, world.url, 'elder1')
  await elder.go('/elder/home/index')
  await elder.see('在路上了')
  await elder.see('师傅到门口，报这个码')
  assert.equal(await figures(elder), coming.visitCode)
  await elder.shot('told-on-the-way')
  const [line] = await elder.page.locator('.elder-said').innerText().then((text) => text.split('\n'))
  assert.match(line, /在路上了/)
  await elder.press('订饭')
  await elder.see('您订过饭了')
  await elder.shot('told-meals')
  await elder.press(/^看.*点.*饭$/)
  await elder.see('取饭时报这个码')
  assert.equal(await figures(elder), ready.servingCode)
  assert.deepEqual(elder.faults, [])
})

test('a meal that nobody fetches: until when to come stands there before, what becomes of the money after', { skip }, async () => {
  const daughter = await seat(browser, world.url, 'daughter1')
  const booked = await meal(world.url, 'daughter1')
  await daughter.go('/pages/home/index')
  await daughter.see('给 李国强')
  await daughter.go(`/pages/meal/book?canteen=${booked.canteen.id}`)
  await daughter.press('到食堂吃')
  await daughter.pressNamed('加一份')
  await daughter.press('下一步')
  await daughter.see(/最晚 \d\d:\d\d 来/)
  await daughter.shot('told-check')
  await pay(world.url, 'daughter1', booked.id)
  await daughter.go(`/pages/meal/order?id=${booked.id}`)
  await daughter.see('已付')
  assert.doesNotMatch(await daughter.text(), /您付/)
  await daughter.see(/最晚 \d\d:\d\d 来，过了时间钱不退。/)
  await daughter.shot('told-paid')
  const elder = await seat(browser, world.url, 'elder1')
  await elder.go(`/elder/booked/index?kind=meal&id=${booked.id}`)
  await elder.see(/^最晚.*点.*来。$/)
  await elder.shot('told-elder-paid')
  await moveClock(world.url, { at: later(booked.startsAt, 6 * hours) })
  await until(booked.id, 'NO_SHOW')
  await daughter.see('没有来取')
  await daughter.see(/没有人来取，付的 .* 元不退.*不对的话，请打电话给食堂，或在微信账单里投诉/)
  await daughter.shot('told-no-show')
  await elder.see('厨房备了饭，付的钱不退。')
  assert.doesNotMatch(await elder.text(), /取消/)
  await elder.shot('told-elder-no-show')
  assert.deepEqual([...elder.faults, ...daughter.faults], [])
})

test('a visit that is moved: told before the yes that somebody is looked for anew, and paid once', { skip }, async () => {
  const booked = await visit(world.url, 'daughter1', 'cleaning_help', { after: 3 })
  await pay(world.url, 'daughter1', booked.id)
  const carer = await asked(world.url, booked.id)
  await asks(carer, 'mutation($id: ID!) { offerAccept(input: {orderId: $id}) { userErrors { message } } }', { id: booked.id })
  const [daughter, worker] = [await seat(browser, world.url, 'daughter1'), await seat(browser, world.url, carer)]
  await worker.go(`/carer/visit/index?id=${booked.id}`)
  await worker.see('1 ✓ 接单')
  await daughter.go('/pages/home/index')
  await daughter.see('给 李国强')
  await daughter.go(`/pages/visit/order?id=${booked.id}`)
  await daughter.press('改时间')
  await daughter.see('几点开始？')
  await daughter.press(/^\d\d:(00|30)$/)
  await daughter.press('下一步')
  await daughter.see(/已经接的单就放开，新的时间重新找人/)
  await daughter.shot('told-move')
  await daughter.press('就改到这个时间')
  await daughter.page.waitForURL(/visit\/order/)
  await daughter.see(/^改了时间$/)
  const { serviceOrder } = await asks('daughter1', 'query($id: ID!) { serviceOrder(id: $id) { moves timeline { name } } }', { id: booked.id })
  assert.equal(serviceOrder.moves, 1)
  assert.equal(serviceOrder.timeline.filter(({ name }) => name === 'pay_ok').length, 2)
  assert.equal(occurs(await daughter.text(), '付款成功'), 1)
  await daughter.shot('told-moved')
  // Who had said yes sees on the page that is open that it does not count any more.
  await worker.see(/要您重新接单|正在重新找人|没有找到这一单/)
  assert.doesNotMatch(await worker.text(), /您接了/)
  await worker.shot('told-moved-carer')
  await worker.go('/carer/visits/index')
  await worker.see(/的助洁，您不用去了/)
  await worker.shot('told-moved-visits')
  await worker.press('知道了')
  assert.doesNotMatch(await worker.text(), /您不用去了/)
  assert.deepEqual(worker.faults, [])
  assert.deepEqual(daughter.faults, [])
})

test('money that goes back and a meal that is over: seen on open pages without loading them anew', { skip }, async () => {
  const booked = await meal(world.url, 'daughter1')
  await pay(world.url, 'daughter1', booked.id)
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go(`/pages/meal/order?id=${booked.id}`)
  const simulator = (await (await fetch(`${world.url}/demo/simulator`)).json()).url
  const slow = (refund_delay_s) => fetch(`${simulator}/sim/settings`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ refund_delay_s }) })
  assert.ok((await slow(6)).ok)
  await daughter.press('取消这份餐')
  await daughter.press('确定取消')
  await daughter.see(/退款 .* 元：退款中/)
  await daughter.see(/退款 .* 元：已退回/)
  await slow(0)
  await daughter.shot('told-refund')
  const sent = await meal(world.url, 'daughter1', { way: 'DELIVERY' })
  await pay(world.url, 'daughter1', sent.id)
  await daughter.go('/pages/home/index')
  await daughter.see('近期安排')
  await moveClock(world.url, { at: later(sent.startsAt, 4 * hours) })
  await daughter.go('/pages/home/index')
  await daughter.see('近期没有安排')
  assert.deepEqual(daughter.faults, [])
})

test('a visit for which nobody was found: home says so until it was looked at, or the same is booked again', { skip }, async () => {
  const lose = async () => {
    const booked = await visit(world.url, 'daughter1', 'cleaning_help', { after: 3 })
    await pay(world.url, 'daughter1', booked.id)
    const about = async () => (await asks('daughter1', 'query($id: ID!) { serviceOrder(id: $id) { state } }', { id: booked.id })).serviceOrder.state
    for (let tries = 0; tries < 60 && (await about()) !== 'CANCELLED'; tries += 1) {
      await moveClock(world.url, { advance_s: 3600 })
      await new Promise((done) => setTimeout(done, 300))
    }
    assert.equal(await about(), 'CANCELLED')
    return booked
  }
  const lost = await lose()
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/pages/home/index')
  await daughter.see('没有找到护理员：给李国强的助洁取消了')
  await daughter.see(/\d 元 退回/)
  await daughter.shot('told-nobody-found')
  // Visits of other tests may be among them: each goes when it was looked at.
  for (let open = occurs(await daughter.text(), '没有找到护理员'); open > 0; open -= 1) {
    await daughter.press('没有找到护理员')
    await daughter.see('没有找到人，全额退款')
    await daughter.go('/pages/home/index')
    await daughter.see('给 李国强')
    assert.equal(occurs(await daughter.text(), '没有找到护理员'), open - 1)
  }

  await lose()
  await daughter.go('/pages/home/index')
  await daughter.see('没有找到护理员')
  const again = await visit(world.url, 'daughter1', 'cleaning_help', { after: 3 })
  assert.notEqual(again.id, lost.id)
  await daughter.go('/pages/home/index')
  await daughter.see('等待付款')
  assert.doesNotMatch(await daughter.text(), /没有找到护理员/)
  assert.deepEqual(daughter.faults, [])
})
