// A request that is lost, answered twice, late, or not at all: nothing is booked, charged, called off or rated twice, and the
// person is told what is known.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo, moveClock, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { meal, pay, visit } from '../kit/orders.mjs'
import { faultProxy } from '../kit/proxy.mjs'

let world
let browser
let proxy
let wrong = {}
const skip = !hasBrowser
before(async () => {
  world = await demo()
  browser = await open()
  // A fault lasts until the test ends it: browsers send again by themselves what a broken line has swallowed.
  proxy = await faultProxy(world.url, ({ operationName }) => wrong[operationName] ?? null)
})
after(async () => {
  proxy?.stop()
  await browser?.close()
  await world?.stop()
})

const ask = (text, variables) => person(world.url, 'son1')(text, variables)
const orders = async () => {
  const { mealOrders, serviceOrders } = await ask('{ mealOrders(first: 50) { nodes { id } } serviceOrders(first: 50) { nodes { id } } }')
  return mealOrders.nodes.length + serviceOrders.nodes.length
}
const mealOf = async (id) => (await ask('query($id: ID!) { mealOrder(id: $id) { state dueFen refunds { amountFen } payments { state } } orderRating(orderId: $id) { stars } }', { id }))

/** From home to the page that says what is booked, without placing it. */
async function chosen(son, service) {
  await son.go('/pages/home/index')
  await son.press(service)
  if (service === '订餐') {
    await son.press('东骧社区老年幸福食堂')
    await son.see('哪一天？')
    await son.press('到食堂吃')
    await son.pressNamed('加一份')
  } else await son.press(/^\d\d:(00|30)$/)
  await son.press('下一步')
  await son.see(/付 \d/)
}

for (const [service, operation] of [['订餐', 'MealPlace'], ['保洁', 'VisitPlace']]) {
  for (const fault of ['lost', 'unanswered', 'twice', 'late']) {
    test(`${operation} ${fault}: booked once`, { skip, timeout: 120_000 }, async () => {
      const son = await seat(browser, proxy.url, 'son1')
      try {
        const before = await orders()
        await chosen(son, service)
        wrong = { [operation]: fault }
        await son.press(/付 \d/)
        if (['lost', 'unanswered'].includes(fault)) {
          await son.see(/不知道有没有办成/)
          assert.equal((await orders()) - before, fault === 'lost' ? 0 : 1)
          wrong = {}
          await son.press(/付 \d|核实/)
        }
        await son.page.waitForURL(/\/sim\/pay/)
        assert.equal((await orders()) - before, 1)
        assert.deepEqual(son.faults, [])
      } finally {
        wrong = {}
        await son.close()
      }
    })
  }
}

for (const fault of ['lost', 'unanswered', 'twice', 'late']) {
  test(`PaymentStart ${fault}: paid once`, { skip, timeout: 120_000 }, async () => {
    const booked = await meal(world.url, 'son1')
    const son = await seat(browser, proxy.url, 'son1')
    try {
      await son.go(`/pages/meal/order?id=${booked.id}`)
      wrong = { PaymentStart: fault }
      await son.press(/付 \d/)
      if (['lost', 'unanswered'].includes(fault)) {
        await son.see(/不知道有没有办成/)
        wrong = {}
        await son.press(/付 \d/)
      }
      await son.page.waitForURL(/\/sim\/pay/)
      await son.page.getByRole('button', { name: '确认支付' }).click()
      // The answer to the question whether it is paid comes twice, late, or not at all, too.
      wrong = { PaymentCheck: fault }
      await son.see(/已订好|还没有收到付款结果/)
      wrong = {}
      await son.page.reload()
      await son.see('已订好')
      const { mealOrder } = await mealOf(booked.id)
      assert.equal(mealOrder.payments.filter(({ state }) => state === 'PAID').length, 1)
    } finally {
      wrong = {}
      await son.close()
    }
  })

  test(`MealCancel ${fault}: called off once, and it is said`, { skip, timeout: 120_000 }, async () => {
    const booked = await meal(world.url, 'son1')
    await pay(world.url, 'son1', booked.id)
    const son = await seat(browser, proxy.url, 'son1')
    try {
      await son.go(`/pages/meal/order?id=${booked.id}`)
      await son.press('取消这份餐')
      wrong = { MealCancel: fault }
      await son.press('确定取消')
      if (fault === 'lost') {
        await son.see('没有办成')
        wrong = {}
        await son.press('取消这份餐')
        await son.press('确定取消')
      }
      await son.see(/餐：已取消/)
      wrong = {}
      const { mealOrder } = await mealOf(booked.id)
      assert.deepEqual(mealOrder.refunds.map(({ amountFen }) => amountFen), [mealOrder.dueFen])
      assert.doesNotMatch(await son.text(), /不知道/)
    } finally {
      wrong = {}
      await son.close()
    }
  })
}

for (const fault of ['unanswered', 'twice']) {
  test(`VisitCancel ${fault}: called off once, and it is said`, { skip, timeout: 120_000 }, async () => {
    const booked = await visit(world.url, 'son1', 'cleaning_help', { after: 3 })
    await pay(world.url, 'son1', booked.id)
    const son = await seat(browser, proxy.url, 'son1')
    try {
      await son.go(`/pages/visit/order?id=${booked.id}`)
      await son.press('取消这次服务')
      wrong = { VisitCancel: fault }
      await son.press('确定取消')
      await son.see('保洁：已取消')
      wrong = {}
      assert.doesNotMatch(await son.text(), /不知道/)
    } finally {
      wrong = {}
      await son.close()
    }
  })
}

// The last ones: the time moves to the meal.
for (const fault of ['unanswered', 'twice']) {
  test(`Rate ${fault}: rated once, and what was written survives`, { skip, timeout: 120_000 }, async () => {
    const booked = await meal(world.url, 'son1')
    await pay(world.url, 'son1', booked.id)
    const { mealOrder } = await ask('query($id: ID!) { mealOrder(id: $id) { startsAt servingCode } }', { id: booked.id })
    await moveClock(world.url, { at: mealOrder.startsAt })
    const { mealOrderServe } = await person(world.url, 'canteen2')('mutation($input: MealOrderServeInput!) { mealOrderServe(input: $input) { userErrors { message } } }', { input: { canteenId: booked.canteen.id, by: { code: mealOrder.servingCode } } })
    assert.deepEqual(mealOrderServe.userErrors, [])
    const son = await seat(browser, proxy.url, 'son1')
    try {
      await son.go(`/pages/order/rate?id=${booked.id}&kind=meal`)
      await son.pressNamed('4 颗星')
      await son.press('味道好')
      await son.page.reload()
      await son.see('提交')
      wrong = { Rate: fault }
      await son.press('提交')
      if (fault === 'unanswered') {
        await son.see(/不知道有没有办成/)
        wrong = {}
        await son.press('提交')
      }
      await son.see('谢谢您的评价')
      assert.equal((await mealOf(booked.id)).orderRating.stars, 4)
    } finally {
      wrong = {}
      await son.close()
    }
  })
}
