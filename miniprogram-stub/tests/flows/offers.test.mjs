// A carer whose page is open learns of a new offer by herself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { asked, pay, visit } from '../kit/orders.mjs'

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

test('an offer that comes while the page is open is marked as new, and the page of who looks away does not ask', { skip: !hasBrowser }, async () => {
  const windows = {}
  for (const name of ['carer1', 'carer2']) {
    windows[name] = await seat(browser, world.url, name)
    await windows[name].go('/carer/work/index')
    await windows[name].see('现在没有新单')
  }
  const booked = await visit(world.url, 'daughter1')
  await pay(world.url, 'daughter1', booked.id)
  const carer = windows[await asked(world.url, booked.id)]
  await carer.see('来了一个新单')
  await carer.see('● 新单')
  await carer.shot('carer-new-offer')
  await carer.press('接单')
  await carer.see('我出发了')
  carer.requests.length = 0
  await carer.page.waitForTimeout(6000)
  assert.deepEqual(carer.requests.filter(({ operationName }) => operationName === 'CarerWork'), [], 'the list that is left asks nothing')
  for (const window of Object.values(windows)) assert.deepEqual(window.faults, [])
})
