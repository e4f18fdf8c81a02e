// A move of a visit without an answer: it is not forgotten by a reload, home leads to the order, and the order tells.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { asked, pay, visit } from '../kit/orders.mjs'
import { faultProxy } from '../kit/proxy.mjs'

let world
let browser
let proxy
let wrong = {}
const skip = !hasBrowser
before(async () => {
  world = await demo()
  browser = await open()
  proxy = await faultProxy(world.url, ({ operationName }) => wrong[operationName] ?? null)
})
after(async () => {
  proxy?.stop()
  await browser?.close()
  await world?.stop()
})

for (const fault of ['lost', 'unanswered']) {
  test(`VisitMove ${fault}: said also after a reload, and told by the order`, { skip, timeout: 120_000 }, async () => {
    const booked = await visit(world.url, 'daughter1', 'cleaning_help', { after: 3 })
    await pay(world.url, 'daughter1', booked.id)
    // Who is asked holds the visit until he has answered.
    await person(world.url, await asked(world.url, booked.id))('mutation($id: ID!) { offerAccept(input: {orderId: $id}) { userErrors { message } } }', { id: booked.id })
    const daughter = await seat(browser, proxy.url, 'daughter1')
    try {
      await daughter.go('/pages/home/index')
      await daughter.see('给 李国强')
      await daughter.go(`/pages/visit/order?id=${booked.id}`)
      await daughter.press('改时间')
      await daughter.press(/^\d\d:(00|30)$/)
      await daughter.press('下一步')
      await daughter.see('原来的时间')
      await daughter.see('改到')
      await daughter.shot('move-check')
      wrong = { VisitMove: fault }
      await daughter.press('就改到这个时间')
      await daughter.see('不知道有没有改到')
      wrong = {}
      if (fault === 'lost') {
        await daughter.page.reload()
        await daughter.see('不知道有没有改到')
        await daughter.shot('move-unknown')
      }
      await daughter.go('/pages/home/index')
      await daughter.see('有一次改时间没有收到回音')
      await daughter.shot('move-home')
      await daughter.press('有一次改时间没有收到回音')
      await daughter.see(fault === 'lost' ? '不知道有没有改到' : /^改了时间$/)
      if (fault === 'lost') return
      await daughter.go('/pages/home/index')
      await daughter.see('给 李国强')
      assert.doesNotMatch(await daughter.text(), /没有收到回音/)
      assert.deepEqual(daughter.faults, [])
    } finally {
      wrong = {}
      await daughter.close()
    }
  })
}
