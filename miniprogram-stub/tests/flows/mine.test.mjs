// What belongs to the family itself: what the house told it, who saw its elder's data, a copy of it, and erasing it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { demo, person } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { asked, elderOf, pay, visit } from '../kit/orders.mjs'

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

test('who decides for an elder sees who looked, takes a copy, asks for erasure and takes it back', { skip }, async () => {
  const elder = await elderOf(world.url, 'son1')
  const son = await seat(browser, world.url, 'son1')
  await son.go('/pages/me/index')
  await son.press('李国强')
  await son.press('隐私')
  await son.see('只有老人本人')
  const { viewer } = await person(world.url, 'elder1')('{ viewer { elders(first: 1) { nodes { bonds { id } } } } }')
  const allow = 'mutation($id: ID!) { bondScopesChange(input: {bondId: $id, scopes: [VIEW_ORDERS, BOOK, PAY, SEE_HEALTH, DECIDE]}) { userErrors { message } } }'
  await person(world.url, 'elder1')(allow, { id: viewer.elders.nodes[0].bonds[0].id })
  await person(world.url, 'desk1')('query($id: ID!) { entitlements(elderId: $id) { itemNo } }', { id: elder.id })

  await son.go(`/mine/privacy/index?id=${elder.id}&name=李国强`)
  await son.press('谁看过资料')
  await son.see(/官渡区 · 服务台/)
  await son.see('看了：可享受的待遇和依据')
  await son.see('为了：照护和办理待遇')
  await son.shot('family-seen')
  await son.press('返回')
  await son.press('要一份')
  await son.see('姓名：李国强')
  await son.see('性别：男')
  await son.shot('family-copy')
  const saved = son.page.waitForEvent('download')
  await son.press('存成文件')
  const file = await saved
  assert.equal(file.suggestedFilename(), '李国强的资料.json')
  assert.equal(JSON.parse(readFileSync(await file.path(), 'utf8')).基本资料.姓名, '李国强')
  await son.pressNamed('收起全部资料')
  await son.see('复制资料')

  await son.press('申请删除')
  await son.press('提出申请')
  await son.see('还有 7 天可以反悔')
  await son.see(/会删掉/)
  await son.see(/同意和不同意的记录.*留到 \d{4}年\d+月\d+日/)
  await son.see(/个人信息保护法/)
  await son.page.getByText('还有 7 天可以反悔').scrollIntoViewIfNeeded()
  await son.shot('family-erasure')
  await son.press('撤回，不删了')
  await son.see('已经撤回，什么都没有删。')
  await visit(world.url, 'son1', 'home_visit', { after: 3 })
  await son.press('申请删除')
  await son.press('提出申请')
  await son.see('去看订单')
  assert.deepEqual(son.faults, [])
  await son.close()
})

test('a no to one matter is known on every phone, and only the elder himself says yes', { skip }, async () => {
  const elder = await elderOf(world.url, 'son1')
  const [old, son] = [await seat(browser, world.url, 'elder1'), await seat(browser, world.url, 'son1')]
  await old.go('/elder/visit/index')
  await old.press('别的事')
  await old.press('同意和不同意')
  await old.press('还有别的')
  await old.press('照护备注传给服务方')
  await old.see('您同意了。')
  await old.press('我不同意')
  await old.see('记下了：您不同意')
  await son.go(`/rights/consents/index?id=${elder.id}&name=李国强`)
  await son.see(/✗ 不同意.*李\*\*签/)
  await son.page.getByRole('button', { name: '看能力评估的内容' }).click()
  await son.pressNamed('同意能力评估')
  await son.see('老人有能力时由本人决定')
  await old.press('改成同意')
  await old.see('记下了：您同意')
  assert.deepEqual([...old.faults, ...son.faults], [])
  await old.close()
  await son.close()
})

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
  await son.page.waitForURL(new RegExp(`visit/order\\?id=${booked.id}`))
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
