// The loops that a newcomer plays: three windows, real API, real payment sheet of the simulator.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clock, demo, moveClock, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'

let world
let browser
before(async () => {
  world = await demo()
  browser = await open()
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

const pay = async (window) => {
  await window.page.waitForURL(/\/sim\/pay/)
  await window.page.getByRole('button', { name: '确认支付' }).click()
  await window.page.waitForURL(/order|booked/)
}

test('a meal: chosen, paid on the simulator, served at the counter, rated', { skip: !hasBrowser }, async () => {
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/pages/home/index')
  await daughter.see('李国强')
  await daughter.press('订餐')
  await daughter.shot('meal-1-canteens')
  await daughter.press('东骧社区老年幸福食堂')
  await daughter.see('哪一天？')
  await daughter.press('到食堂吃')
  await daughter.pressNamed('加一份')
  await daughter.shot('meal-2-book')
  await daughter.press('下一步')
  await daughter.see('请核对')
  await daughter.press(/付 \d/)
  await pay(daughter)
  await daughter.see('已订好')
  await daughter.shot('meal-3-paid')
  const code = (await daughter.page.locator('.code').innerText()).replace(/\s/g, '')
  assert.match(code, /^\d{6}$/)
  const orderId = /id=(\w+)/.exec(daughter.page.url())[1]
  const ask = person(world.url, 'daughter1')
  const { mealOrder } = await ask('query($id: ID!) { mealOrder(id: $id) { startsAt state canteen { id } payments { state } } }', { id: orderId })
  assert.equal(mealOrder.state, 'CONFIRMED')
  assert.equal(mealOrder.payments.filter((one) => one.state === 'PAID').length, 1)
  await moveClock(world.url, { at: mealOrder.startsAt })
  const canteen = person(world.url, 'canteen2')
  const served = await canteen('mutation($input: MealOrderServeInput!) { mealOrderServe(input: $input) { order { state } userErrors { message } } }', { input: { canteenId: mealOrder.canteen.id, by: { code } } })
  assert.deepEqual(served.mealOrderServe.userErrors, [])
  await daughter.see('已用餐')
  await daughter.press('评价这餐饭')
  await daughter.pressNamed('5 颗星')
  await daughter.press('味道好')
  await daughter.press('提交')
  await daughter.see('谢谢您的评价')
  assert.deepEqual(daughter.faults, [])
  await daughter.close()
})

test('a cleaning: booked and paid by the daughter, carried out by the carer, confirmed and rated', { skip: !hasBrowser }, async () => {
  const [daughter, carer] = [await seat(browser, world.url, 'daughter1'), await seat(browser, world.url, 'carer1')]
  await daughter.go('/pages/home/index')
  await daughter.press('打扫卫生')
  await daughter.see('几点开始？')
  await daughter.press(/^\d\d:(00|30)$/)
  await daughter.press('下一步')
  await daughter.see('请核对')
  await daughter.shot('visit-1-check')
  await daughter.press(/付 80/)
  await daughter.page.waitForURL(/\/sim\/pay/)
  await daughter.shot('visit-2-pay')
  await pay(daughter)
  await daughter.see('正在找')
  const orderId = /id=(\w+)/.exec(daughter.page.url())[1]

  // The search goes from carer to carer: whoever is asked says yes.
  const asked = await whoIsAsked(orderId)
  const worker = asked === 'carer1' ? carer : await seat(browser, world.url, asked)
  await worker.go('/carer/work/index')
  await worker.see('接单')
  await worker.shot('visit-3-offer')
  await worker.press(/^接单$/)
  await worker.see('我出发了')
  await daughter.see('护理员接单')
  const code = (await daughter.page.locator('.code').innerText()).replace(/\s/g, '')
  await worker.press('演示：把时间拨到上门时间')
  await worker.hidden('演示：把时间拨到上门时间')
  await worker.press('我出发了')
  await worker.see('我到了，打卡')
  await daughter.see('在路上')
  await daughter.shot('visit-4-on-the-way')
  await worker.press('我到了，打卡')
  await worker.see('请先填老人报的六位码')
  await worker.fill('老人报的六位上门码', code === '000000' ? '000001' : '000000')
  await worker.press('我到了，打卡')
  await worker.see('码不对，再问一次老人')
  await worker.shot('visit-4-wrong-code')
  await worker.fill('老人报的六位上门码', code)
  await worker.press('我到了，打卡')
  await worker.see('做了哪些？')
  await worker.shot('visit-5-tasks')
  await daughter.see('服务中')
  await worker.see(/^还没选“做了”或“没做”：/)
  for (const button of await worker.page.getByRole('button', { name: /，做了$/ }).all()) await button.click()
  await worker.press('演示：把时间拨到结束时间')
  await worker.hidden('演示：把时间拨到结束时间')
  await worker.press('做完了')
  await daughter.see('您看做得对吗')
  await daughter.shot('visit-6-confirm')
  await daughter.press('做好了，确认')
  await daughter.see('已完成')
  await daughter.press('评价这次服务')
  await daughter.pressNamed('5 颗星')
  await daughter.press('细心')
  await daughter.press('提交')
  await daughter.see('谢谢您的评价')
  const { serviceOrder, orderRating } = await person(world.url, 'daughter1')('query($id: ID!) { serviceOrder(id: $id) { state } orderRating(orderId: $id) { stars } }', { id: orderId })
  assert.equal(serviceOrder.state, 'CONFIRMED')
  assert.equal(orderRating.stars, 5)
  assert.deepEqual([...daughter.faults, ...worker.faults], [])
})

async function whoIsAsked(orderId) {
  for (let tries = 0; tries < 60; tries += 1) {
    for (const name of ['carer1', 'carer2']) {
      const { myVisits } = await person(world.url, name)('{ myVisits { id } }')
      if (myVisits.some((visit) => visit.id === orderId)) return name
    }
    await new Promise((done) => setTimeout(done, 500))
  }
  throw new Error(`nobody was asked; it is ${(await clock(world.url)).now}`)
}
