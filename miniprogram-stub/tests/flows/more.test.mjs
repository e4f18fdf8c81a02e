// Bath with consent, cancelling with a refund, the elder's usual meal, the desk, a carer without network, a lost answer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo, moveClock, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { asked, meal, pay, visit } from '../kit/orders.mjs'
import { faultProxy } from '../kit/proxy.mjs'

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

const mealOf = async (id) => (await person(world.url, 'daughter1')('query($id: ID!) { mealOrder(id: $id) { state startsAt dueFen refunds { amountFen state } payments { state } } }', { id })).mealOrder
const visitOf = async (id) => (await person(world.url, 'daughter1')('query($id: ID!) { serviceOrder(id: $id) { state startsAt endsAt visitCode refunds { amountFen } } }', { id })).serviceOrder
const accept = (name, id) => person(world.url, name)('mutation($id: ID!) { offerAccept(input: {orderId: $id}) { order { state } userErrors { message } } }', { id })
const idIn = (window) => /id=(\w+)/.exec(window.page.url())[1]

test('the elder repeats his usual meal, the family is asked and pays, he undoes it', { skip }, async () => {
  const usual = await meal(world.url, 'daughter1')
  await pay(world.url, 'daughter1', usual.id)
  const [elder, daughter] = [await seat(browser, world.url, 'elder1'), await seat(browser, world.url, 'daughter1')]
  await elder.page.addInitScript(() => {
    window.said = []
    speechSynthesis.speak = ({ text, rate }) => window.said.push([text, rate])
  })
  await elder.go('/elder/home/index')
  await elder.press('读给我听')
  const [[said, rate]] = await elder.page.evaluate(() => window.said)
  assert.match(said, /李国强，您好.*订饭.*紧急求助/)
  assert.ok(rate < 1)
  await elder.press('订饭')
  await elder.press('再订一份')
  await elder.see('请您看一看')
  await elder.see(/要付.*，请家人付/)
  await elder.shot('elder-usual')
  await elder.press('好，就这样')
  await elder.see('已告诉家人')
  await elder.shot('elder-asked')
  const id = idIn(elder)
  await daughter.go('/pages/home/index')
  await daughter.see('请您付款')
  await daughter.shot('daughter-wish')
  await daughter.press('去付款')
  await daughter.press(/付 \d/)
  await daughter.page.waitForURL(/\/sim\/pay/)
  await daughter.page.getByRole('button', { name: '确认支付' }).click()
  await daughter.see('已订好')
  await elder.see('订好了')
  await elder.see('取饭时报这个码')
  await elder.shot('elder-booked')
  // Nothing changes on its own, and the way to undo stays.
  const before = await elder.text()
  await elder.page.waitForTimeout(6000)
  assert.equal(await elder.text(), before)
  await elder.press('撤销')
  await elder.see('要撤销吗？')
  await elder.press(/^撤销$/)
  await elder.see('已经取消')
  const order = await mealOf(id)
  assert.equal(order.state, 'CANCELLED')
  assert.deepEqual(order.refunds.map(({ amountFen }) => amountFen), [order.dueFen])
  assert.deepEqual([...elder.faults, ...daughter.faults], [])
})

test('a late cancellation tells its fee before, and the rest comes back', { skip }, async () => {
  const booked = await visit(world.url, 'daughter1')
  await pay(world.url, 'daughter1', booked.id)
  await accept(await asked(world.url, booked.id), booked.id)
  await moveClock(world.url, { at: new Date(Date.parse(booked.startsAt) - 2.5 * 3_600_000).toISOString() })
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go(`/pages/visit/order?id=${booked.id}`)
  await daughter.press('取消这次服务')
  await daughter.see('现在取消要收 24.00 元')
  await daughter.press('确定取消')
  await daughter.see('退款 56.00 元')
  const order = await visitOf(booked.id)
  assert.deepEqual([order.state, order.refunds.map(({ amountFen }) => amountFen)], ['CANCELLED', [5600]])
})

test('a bath: the elder agrees himself, two carers come, values before and after', { skip, timeout: 240_000 }, async () => {
  const homecare = person(world.url, 'homecare1')
  const { myCarers } = await homecare('{ myCarers(first: 10) { nodes { id name } } }')
  const carerNamed = (name) => myCarers.nodes.find((one) => one.name.startsWith(name)).id
  const carers = { carer1: carerNamed('李'), carer2: carerNamed('张') }
  // The third carer has no window here and stays at home.
  const works = (isActive) => homecare('mutation($input: CarerChangeInput!) { carerChange(input: $input) { userErrors { message } } }', { input: { carerId: carerNamed('王'), isActive } })
  await works(false)
  const elder = await seat(browser, world.url, 'elder1')
  await elder.go('/elder/visit/index')
  if ((await elder.text()).includes('再请一次')) await elder.press('再请一次')
  await elder.press('帮我洗澡')
  await elder.press(/(上午|中午|下午).*点/)
  await elder.see('请您看一看')
  await elder.press('好，就这样')
  // A consent holds for ninety days: a second run on the same data is not asked again.
  await elder.see(/洗澡前要您同意|已告诉家人/)
  if ((await elder.text()).includes('洗澡前要您同意')) {
    await elder.shot('elder-consent')
    await elder.press('我同意')
  }
  await elder.see('已告诉家人')
  const id = idIn(elder)
  await pay(world.url, 'daughter1', id)
  const order = await visitOf(id)
  for (let tries = 0; tries < 40 && (await visitOf(id)).state !== 'ACCEPTED'; tries += 1) {
    for (const name of ['carer1', 'carer2']) {
      const { myVisits } = await person(world.url, name)('{ myVisits { id home { name } } }')
      const mine = myVisits.find((one) => one.id === id)
      if (mine && !mine.home) await accept(name, id)
      if (!mine) await homecare('mutation($input: OfferAssignInput!) { offerAssign(input: $input) { userErrors { code } } }', { input: { orderId: id, carerId: carers[name] } })
    }
    await new Promise((done) => setTimeout(done, 300))
  }
  assert.equal((await visitOf(id)).state, 'ACCEPTED')
  await works(true)
  await moveClock(world.url, { at: order.startsAt })
  const second = person(world.url, 'carer2')
  await second('mutation($id: ID!) { visitSetOut(input: {orderId: $id}) { userErrors { code } } }', { id })
  await second('mutation($input: VisitCheckInInput!) { visitCheckIn(input: $input) { userErrors { code } } }', { input: { orderId: id, place: {}, code: order.visitCode } })
  const carer = await seat(browser, world.url, 'carer1')
  await carer.go(`/carer/visit/index?id=${id}`)
  await carer.see('同事已经到了，请您也打卡')
  await carer.fill('老人报的六位上门码', order.visitCode)
  await carer.press('我到了，打卡')
  await carer.see('洗前先量')
  const measure = async () => {
    for (const [label, value] of [['高压', '128'], ['低压', '78'], ['脉搏', '72'], ['体温', '36.5']]) await carer.fill(label, value)
  }
  await measure()
  await carer.press('存下数值')
  await carer.see('数值正常，可以洗浴')
  await carer.shot('carer-bath')
  await carer.press('开始洗')
  await carer.see('洗完再量一次')
  await moveClock(world.url, { advance_s: 1500 })
  await carer.go(`/carer/visit/index?id=${id}`)
  await carer.see('洗完再量一次')
  await measure()
  await carer.fill('看到的皮肤情况', '没有异常')
  await carer.press('洗完了，存下数值')
  await carer.see('洗浴完成')
  for (const button of await carer.page.getByRole('button', { name: /，做了$/ }).all()) await button.click()
  await carer.press('做完了')
  await carer.see(/您这边做完了|等家人确认/)
  const { visitTasks } = await second('query($id: ID!) { visitTasks(orderId: $id) { code } }', { id })
  await second('mutation($input: VisitCheckOutInput!) { visitCheckOut(input: $input) { userErrors { code } } }', { input: { orderId: id, place: {}, tasks: visitTasks.map(({ code }) => ({ code, isDone: true })) } })
  assert.equal((await visitOf(id)).state, 'DONE')
  assert.deepEqual([...elder.faults, ...carer.faults], [])
})

test('the desk books by telephone and asks the family to pay', { skip }, async () => {
  const [desk, daughter] = [await seat(browser, world.url, 'desk1', { width: 1280, height: 900 }), await seat(browser, world.url, 'daughter1')]
  await desk.go('/desk/find/index')
  await desk.fill('老人姓名', '李国强')
  await desk.press('查找')
  await desk.press('订餐')
  await desk.press('东骧社区老年幸福食堂')
  await desk.see('哪一天？')
  await desk.pressNamed('加一份')
  await desk.press('下一步')
  await desk.press('就这样订')
  await desk.press('请家人付')
  await desk.see('已经请家人付款')
  await desk.shot('desk-order')
  await daughter.go('/pages/home/index')
  await daughter.see('请您付款')
  assert.deepEqual([...desk.faults, ...daughter.faults], [])
})

test('a carer without network does the visit; the phone hands it in later', { skip }, async () => {
  const booked = await visit(world.url, 'daughter1', 'cleaning_help', { after: 1 })
  await pay(world.url, 'daughter1', booked.id)
  const name = await asked(world.url, booked.id)
  const carer = await seat(browser, world.url, name)
  await carer.go('/carer/work/index')
  await carer.page.waitForFunction(() => Object.keys(localStorage).some((key) => key.endsWith('.queue.device')))
  await accept(name, booked.id)
  await moveClock(world.url, { at: booked.startsAt })
  await carer.go(`/carer/visit/index?id=${booked.id}`)
  await carer.see('我出发了')
  const cut = (route) => route.abort()
  await carer.page.route('**/graphql', cut)
  await carer.press('我出发了')
  await carer.see('记下了 1 步')
  await carer.press('没有码，先报到')
  await carer.see('记下了 2 步')
  await carer.shot('carer-offline')
  for (const button of await carer.page.getByRole('button', { name: /，做了$/ }).all()) await button.click()
  await carer.press('做完了')
  await carer.see('记下了 3 步')
  assert.equal((await visitOf(booked.id)).state, 'ACCEPTED')
  await carer.page.unroute('**/graphql', cut)
  await carer.press('现在上传')
  await carer.hidden('记下了')
  assert.equal((await visitOf(booked.id)).state, 'DONE')
})

for (const fault of ['lost', 'unanswered', 'twice', 'late']) {
  test(`an order whose request is ${fault} is placed exactly once, and the person is told`, { skip }, async () => {
    // Chromium itself asks again over a cut line: the fault stays for a while.
    let until = null
    const proxy = await faultProxy(world.url, ({ operationName }) => {
      if (operationName !== 'MealPlace') return null
      until ??= Date.now() + 2000
      return Date.now() < until ? fault : null
    })
    const count = async () => (await person(world.url, 'daughter1')('{ mealOrders(first: 50) { nodes { id } } }')).mealOrders.nodes.length
    const before = await count()
    const daughter = await seat(browser, proxy.url, 'daughter1')
    try {
      await daughter.go('/pages/home/index')
      await daughter.press('订餐')
      await daughter.press('东骧社区老年幸福食堂')
      await daughter.see('哪一天？')
      await daughter.pressNamed('加一份')
      await daughter.press('下一步')
      await daughter.press(/付 \d/)
      if (fault === 'lost' || fault === 'unanswered') {
        await daughter.see(fault === 'lost' ? '还没有订上，可能还在路上' : '提交的收到了，已经有订单')
        await daughter.shot(`unknown-${fault}`)
        await daughter.page.waitForTimeout(2000)
        await daughter.press(fault === 'lost' ? '还要，再提交一次' : '看订单')
      }
      if (fault === 'unanswered') await daughter.see('等待付款')
      else await daughter.page.waitForURL(/\/sim\/pay/)
      assert.equal((await count()) - before, 1)
    } finally {
      await daughter.close()
      proxy.stop()
    }
  })
}

test('a payment whose answer never reached the phone is found out, not repeated', { skip }, async () => {
  const booked = await meal(world.url, 'daughter1')
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go(`/pages/meal/order?id=${booked.id}`)
  await daughter.press(/付 \d/)
  await daughter.page.waitForURL(/\/sim\/pay/)
  await daughter.page.getByRole('button', { name: '支付后断网' }).click()
  await daughter.page.getByRole('link', { name: /返回/ }).click()
  await daughter.see('已订好')
  const order = await mealOf(booked.id)
  assert.deepEqual(order.payments.filter(({ state }) => state === 'PAID').length, 1)
})

test('without network a page shows what it knew and since when; signed out it says so', { skip }, async () => {
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/pages/orders/index')
  await daughter.see('进行中')
  const cut = (route) => route.abort()
  await daughter.page.route('**/graphql', cut)
  await daughter.press('订单')
  await daughter.see('现在没有网络。下面是')
  await daughter.page.unroute('**/graphql', cut)
  await daughter.go('/pages/me/index')
  await daughter.press('退出登录')
  await daughter.see('您还没有登录')
  await daughter.press(/^登录$/)
  await daughter.see('我照顾的老人')
  assert.equal(await daughter.page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('.page.orders')).length), 0)
})

test('a place that was just taken leads to the next free ones', { skip }, async () => {
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.page.route('**/graphql', async (route) => {
    const { operationName } = JSON.parse(route.request().postData() ?? '{}')
    if (operationName !== 'MealPlace') return route.fallback()
    await route.fulfill({ json: { data: { mealOrderPlace: { order: null, userErrors: [{ code: 'SLOT_FULL', message: '这一餐刚刚订满了。' }] } } } })
  })
  await daughter.go('/pages/home/index')
  await daughter.press('订餐')
  await daughter.press('东骧社区老年幸福食堂')
  await daughter.see('哪一天？')
  await daughter.pressNamed('加一份')
  await daughter.press('下一步')
  await daughter.press(/付 \d/)
  await daughter.see('这一餐刚刚订满了。')
  await daughter.see('还有空位的：')
  await daughter.shot('slot-taken')
})
