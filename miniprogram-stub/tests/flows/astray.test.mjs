// Addresses that lead nowhere or to somebody else's order, and words that are too many: the page says so, with a way on.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { asked, meal, pay, visit } from '../kit/orders.mjs'

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

test('an address without a page says so, at once and later, and leads home', { skip: !hasBrowser }, async () => {
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/pages/nowhere/index')
  await daughter.see('没有这个页面')
  await daughter.shot('astray-missing')
  await daughter.press('回首页')
  await daughter.see('李国强')
  await daughter.page.evaluate(() => { location.hash = '#/pages/none' })
  await daughter.see('没有这个页面')
  for (const path of ['/pages/visit/order?id=abc', '/pages/meal/order?id=1', '/pages/elder/show?id=xyz', '/pages/meal/order?id=elder_01M85QY07TE4BBP6MTN2G9HGS5']) {
    await daughter.go(path)
    await daughter.see('没有找到')
    assert.equal((await daughter.text()).includes('系统出了点问题'), false, path)
  }
  assert.deepEqual(daughter.faults, [])
})

test('an order of the other kind is not there, and one press leads to the orders or home', { skip: !hasBrowser }, async () => {
  const [food, help] = [await meal(world.url, 'daughter1'), await visit(world.url, 'daughter1')]
  const daughter = await seat(browser, world.url, 'daughter1')
  for (const path of [`/pages/meal/order?id=${help.id}`, `/pages/visit/order?id=${food.id}`]) {
    await daughter.go(path)
    await daughter.see('没有找到这份订单')
    await daughter.press('看全部订单')
    await daughter.see(/^进行中 \d/)
  }
  await daughter.go('/pages/visit/order?id=abc')
  await daughter.press('回首页')
  await daughter.see('近期安排')
  assert.deepEqual(daughter.faults, [])
})

test('a visit of somebody else is neither rated nor objected to nor carried out', { skip: !hasBrowser }, async () => {
  const booked = await visit(world.url, 'daughter1')
  await pay(world.url, 'daughter1', booked.id)
  const name = await asked(world.url, booked.id)
  const son = await seat(browser, world.url, 'son1')
  for (const path of [`/pages/order/rate?id=${booked.id}&kind=visit`, `/pages/order/dispute?id=${booked.id}`]) {
    await son.go(path)
    await son.see('没有找到这一单')
    assert.equal((await son.text()).includes('提交'), false, path)
  }
  const other = await seat(browser, world.url, name === 'carer1' ? 'carer2' : 'carer1')
  await other.go(`/carer/visit/index?id=${booked.id}`)
  await other.see('没有找到这一单')
  await other.shot('astray-carer')
  assert.deepEqual([...son.faults, ...other.faults], [])
})

test('a form without what it is about, or of somebody else, says so and leads on', { skip: !hasBrowser }, async () => {
  const daughter = await seat(browser, world.url, 'daughter1')
  for (const path of ['/desk/find/index', '/desk/register/index']) {
    await daughter.go(path)
    await daughter.see('这一页只给服务台用')
    assert.equal(await daughter.page.getByRole('textbox').count(), 0, path)
    await daughter.press('回首页')
    await daughter.hidden('这一页只给服务台用')
  }
  await daughter.go('/pages/home/index')
  await daughter.see('李国强')
  await daughter.go('/pages/visit/consent')
  await daughter.see('还没有选给哪位老人订助浴')
  assert.doesNotMatch(await daughter.text(), /我替/)
  await daughter.shot('astray-consent')
  await daughter.press('去首页')
  await daughter.see('近期')
  const carer = await seat(browser, world.url, 'carer1')
  await carer.go('/carer/trouble/index')
  await carer.see('没有找到这一单')
  assert.doesNotMatch(await carer.text(), /提交/)
  await carer.press('看我的单')
  await carer.see('我的单')
  assert.deepEqual([...daughter.faults, ...carer.faults], [])
})

test('a field says how much it takes', { skip: !hasBrowser }, async () => {
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/pages/home/index')
  await daughter.press('打扫卫生')
  await daughter.see('给师傅的话')
  await daughter.fill('给师傅的话', '字'.repeat(150))
  await daughter.see('最多 200 字，还能写 50 字')
  await daughter.fill('给师傅的话', '字'.repeat(500))
  await daughter.see('最多 200 字，还能写 0 字')
})

test('after a wrong password nothing is looked for: the order can be paid', { skip: !hasBrowser }, async () => {
  const held = await meal(world.url, 'daughter1')
  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.page.goto(`${world.url}/?as=daughter1&wx_pay=fail#/pages/meal/order?id=${held.id}`)
  await daughter.see(/去付款|付 \d/)
  assert.equal((await daughter.text()).includes('正在确认付款'), false)
  assert.equal(daughter.requests.some(({ operationName }) => operationName === 'PaymentCheck'), false)
})
