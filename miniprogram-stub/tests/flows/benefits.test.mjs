// From a fact at the desk to a voucher that pays: entitlement, approval, voucher and cash, cancelling gives both back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clock, demo, moveClock, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { elderOf, visit } from '../kit/orders.mjs'

let world
let browser
const skip = !hasBrowser
before(async () => {
  world = await demo()
  browser = await open()
  // Vouchers are of a month: the visits of this test must lie in the same one.
  const { today } = await clock(world.url)
  if (Number(today.slice(8)) > 24) await moveClock(world.url, { advance_s: 10 * 86_400 })
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

const payersOf = async (id) => {
  const { serviceOrder } = await person(world.url, 'daughter1')('query($id: ID!) { serviceOrder(id: $id) { state payers { payer amountFen } refunds { amountFen isCash } } }', { id })
  return serviceOrder
}
const parts = (order) => Object.fromEntries(order.payers.filter(({ amountFen }) => amountFen).map(({ payer, amountFen }) => [payer, amountFen]))

test('the desk enters what was missing, the office finds the elder and approves, the family sees why', { skip }, async () => {
  const desk = await seat(browser, world.url, 'desk1', { width: 1280, height: 900 })
  const [officer, daughter] = [await seat(browser, world.url, 'officer1', { width: 1280, height: 900 }), await seat(browser, world.url, 'daughter1')]
  await officer.go('/office/unused/index')
  await officer.press('金马街道')
  await officer.see('没有应享未享的老人')

  await desk.go('/desk/find/index')
  await desk.fill('老人姓名', '李国强')
  await desk.press('查找')
  await desk.press('订单和现金')
  await desk.press('政策和资料')
  await desk.see('还没有登记的资料')
  await desk.fill('凭什么登记', '残疾证 53011119550101 号')
  await desk.press('残疾等级')
  await desk.fill('残疾等级（级）', '2')
  await desk.press(/^登记$/)
  await desk.see('已登记：残疾等级')
  await desk.fill('凭什么登记', '金马街道走访记录 12 号')
  await desk.press('市区内有子女照顾')
  await desk.press(/^否$/)
  await desk.press(/^登记$/)
  await desk.see('已登记：市区内有子女照顾')
  await desk.press(/^可以享受 \d/)
  await desk.see('可以享受，还没有办')
  await desk.shot('desk-rights')

  await officer.go('/office/unused/index')
  await officer.press('金马街道')
  await officer.see('71 岁老人')
  await officer.see('居家养老服务券，每月 200.00 元')
  await officer.shot('office-unused')
  await officer.press('看依据、办理')
  await officer.fill('凭什么登记或批准', '官民批〔2026〕7 号')
  await officer.press('批准居家养老服务券')
  await officer.see('已批准：居家养老服务券')
  await officer.shot('office-approved')

  await daughter.go('/pages/me/index')
  await daughter.press('李国强')
  await daughter.press('能享受的政策')
  await daughter.see('已经在享受')
  await daughter.page.getByRole('button', { name: '居家养老服务券：为什么可以' }).click()
  await daughter.see('看的是这些情况')
  await daughter.see(/残疾等级.*符合/)
  await daughter.see(/官民函〔2018〕44号/)
  await daughter.see(/受理部门：区民政局、街道办事处/)
  await daughter.shot('family-rights')
  await daughter.press('不符合')
  await daughter.press('为什么不行')
  await daughter.see(/✗ .*不符合/)
  assert.deepEqual([...desk.faults, ...officer.faults, ...daughter.faults], [])
  for (const window of [desk, officer, daughter]) await window.close()
})

test('a voucher pays its part, the family the rest; cancelling gives both back', { skip }, async () => {
  const { today } = await clock(world.url)
  const { voucherMonthIssue } = await person(world.url, 'officer1')('mutation($input: VoucherMonthIssueInput!) { voucherMonthIssue(input: $input) { userErrors { message } } }', { input: { programme: 'guandu_home_care_voucher', monthOn: `${today.slice(0, 8)}01` } })
  assert.deepEqual(voucherMonthIssue.userErrors, [])
  const elder = await elderOf(world.url, 'daughter1')
  for (const after of [1, 2]) assert.deepEqual(parts(await visit(world.url, 'daughter1', 'cleaning_help', { after })), { VOUCHER: 8000 })

  const daughter = await seat(browser, world.url, 'daughter1')
  await daughter.go('/pages/home/index')
  await daughter.see('给 李国强')
  await daughter.press('两小时起')
  await daughter.see('几点开始？')
  await daughter.press('后天')
  await daughter.press(/^\d\d:(00|30)$/)
  await daughter.press('下一步')
  await daughter.see('这次用 40.00 元，还剩 0.00 元')
  await daughter.see('−40.00 元')
  await daughter.shot('voucher-check')
  await daughter.press('付 40.00 元')
  await daughter.page.waitForURL(/\/sim\/pay/)
  await daughter.page.getByRole('button', { name: '确认支付' }).click()
  await daughter.see('正在找')
  const id = /id=(\w+)/.exec(daughter.page.url())[1]
  assert.deepEqual(parts(await payersOf(id)), { VOUCHER: 4000, CASH: 4000 })
  await daughter.go(`/pages/elder/vouchers?id=${elder.id}`)
  await daughter.see(/留着 200.00 元/)
  await daughter.go(`/pages/visit/order?id=${id}`)
  await daughter.press('取消这次服务')
  await daughter.press('确定取消')
  await daughter.see('退款 40.00 元')
  const order = await payersOf(id)
  assert.deepEqual([order.state, order.refunds.map(({ amountFen }) => amountFen)], ['CANCELLED', [4000]])
  await daughter.go(`/pages/elder/vouchers?id=${elder.id}`)
  await daughter.see(/留着 160.00 元/)
  await daughter.see('没用上，已退回券里 40.00 元')
  await daughter.shot('voucher-back')
  assert.deepEqual(daughter.faults, [])
})
