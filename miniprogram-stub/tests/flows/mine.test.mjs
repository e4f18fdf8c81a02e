// What belongs to the family itself: what the house told it, who saw its elder's data, a copy of it, and erasing it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { asked, pay, visit } from '../kit/orders.mjs'

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

const unread = async (name) => (await person(world.url, name)('{ unreadCount }')).unreadCount

test('a message is counted at home, read in its list, and leads to its order', { skip }, async () => {
  const booked = await visit(world.url, 'son1')
  await pay(world.url, 'son1', booked.id)
  const carer = await asked(world.url, booked.id)
  await person(world.url, carer)('mutation($id: ID!) { offerAccept(input: {orderId: $id}) { userErrors { message } } }', { id: booked.id })
  for (let tries = 0; tries < 100 && (await unread('son1')) === 0; tries += 1) await new Promise((done) => setTimeout(done, 200))
  const son = await seat(browser, world.url, 'son1')
  await son.go('/pages/me/index')
  await son.see('1 条没读')
  await son.go('/pages/home/index')
  await son.press('1 条新消息')
  await son.see('● 新')
  await son.see('服务人员已接单')
  await son.shot('family-messages')
  await son.press('服务人员已接单')
  await son.see(/上门.*已接单|已接单/)
  assert.match(son.page.url(), new RegExp(`visit/order\\?id=${booked.id}`))
  assert.equal(await unread('son1'), 0)
  await son.go('/pages/home/index')
  await son.see('给 李国强')
  assert.ok(!(await son.text()).includes('条新消息'))
  await son.go('/mine/messages/index')
  await son.see('服务人员已接单')
  assert.ok(!(await son.text()).includes('● 新'))
  await son.press('在微信里也提醒我')
  await son.see('只能在微信小程序里同意')

  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/mine/messages/index')
  await daughter.see('还没有消息')
  await daughter.press('去订一项')
  await daughter.see('给 王桂芬')
  assert.deepEqual([...son.faults, ...daughter.faults], [])
  await son.close()
  await daughter.close()
})
