// The provider's month: what was carried out is closed, read, saved, paid out, and taken back after a fraud; faults are told.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { clock, demo, moveClock, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { asked, carriedOut, pay, visit } from '../kit/orders.mjs'

let world
let browser
const skip = !hasBrowser
const wide = { width: 1280, height: 900 }
// The first elder of daughter1, as api/data/demo.json tells it.
const HOME = { latitudeE6: 25_048_100, longitudeE6: 102_764_800 }
before(async () => {
  world = await demo()
  browser = await open()
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

test('a visit comes into the statement of its month; the office saves and pays it, and takes it back after a fraud', { skip, timeout: 240_000 }, async () => {
  const booked = await visit(world.url, 'daughter1')
  await pay(world.url, 'daughter1', booked.id)
  await carriedOut(world.url, 'daughter1', booked, HOME)
  // The third working day lies within the first twelve days of any month, long holidays counted in.
  const { today } = await clock(world.url)
  const next = new Date(Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)), 12, 4)).toISOString()
  await moveClock(world.url, { at: next })
  const officer = await seat(browser, world.url, 'officer1', wide)
  for (let tries = 0; tries < 100; tries += 1) {
    const { statements } = await person(world.url, 'officer1')('{ statements(first: 5) { nodes { id } } }')
    if (statements.nodes.length) break
    await new Promise((done) => setTimeout(done, 300))
  }
  await officer.go('/office/statements/index')
  await officer.see('春城到家养老服务部')
  await officer.see('家庭自付 80.00 元')
  await officer.press('看明细')
  await officer.see(/助洁\s*80\.00 元/)
  await officer.shot('office-statements')
  for (const [button, bytes, name] of [['存成电子表格', 'PK', /\.xlsx$/], ['存成逗号表', '\ufeff', /\.csv$/]]) {
    const saved = officer.page.waitForEvent('download')
    await officer.press(button)
    const file = await saved
    assert.match(file.suggestedFilename(), name)
    assert.ok(readFileSync(await file.path(), 'utf8').startsWith(bytes), file.suggestedFilename())
  }
  await officer.press('记拨付')
  await officer.fill('转账号', '财拨 2026-0117')
  await officer.press('已拨付 80.00 元')
  await officer.see('已拨付，转账号 财拨 2026-0117')

  const manager = await seat(browser, world.url, 'homecare1', wide)
  await manager.go('/office/statements/index?face=provider')
  await manager.see('春城到家养老服务部')
  await manager.see('转账号 财拨 2026-0117')
  assert.ok(!(await manager.text()).includes('记拨付'))

  await officer.go('/office/lines/index')
  await officer.press('已拨付')
  await officer.press('查实造假，要追回')
  await officer.fill('查实了什么', '家属证实没有上门')
  await officer.press('追回 80.00 元')
  await officer.hidden('查实了什么')
  await officer.press('已追回')
  await officer.see('家属证实没有上门')
  const { serviceOrder } = await person(world.url, 'daughter1')('query($id: ID!) { serviceOrder(id: $id) { refunds { amountFen } } }', { id: booked.id })
  assert.deepEqual(serviceOrder.refunds.map(({ amountFen }) => amountFen), [8000])
  assert.deepEqual([...officer.faults, ...manager.faults], [])
  await officer.close()
  await manager.close()
})

test('a carer who takes his yes back counts against the provider, for the office and for itself', { skip }, async () => {
  const booked = await visit(world.url, 'daughter1', 'cleaning_help', { after: 2 })
  await pay(world.url, 'daughter1', booked.id)
  const name = await asked(world.url, booked.id)
  const carer = person(world.url, name)
  await carer('mutation($id: ID!) { offerAccept(input: {orderId: $id}) { userErrors { message } } }', { id: booked.id })
  const { visitCallOff } = await carer('mutation($id: ID!) { visitCallOff(input: {orderId: $id, reason: "车坏在路上"}) { userErrors { message } } }', { id: booked.id })
  assert.deepEqual(visitCallOff.userErrors, [])
  const [officer, manager] = [await seat(browser, world.url, 'officer1', wide), await seat(browser, world.url, 'homecare1', wide)]
  await officer.go('/office/papers/index')
  await officer.page.getByRole('button', { name: '春城到家养老服务部（演示）的上门差错' }).click()
  await manager.go('/office/faults/index')
  for (const window of [officer, manager]) {
    await window.see('答应后又取消')
    await window.see('车坏在路上')
  }
  await officer.shot('office-faults')
  assert.deepEqual([...officer.faults, ...manager.faults], [])
})
