// Every page of every face: what has to be there before it is looked at, and how it is opened.
import { readFileSync } from 'node:fs'
import { person } from './demo.mjs'
import { asked, comparedBills, complained, contract, elderOf, entitle, helped, inCareOf, meal, pay, visit, written } from './orders.mjs'

/** Orders, offers and contracts, so that no page is empty. */
export async function furnish(url) {
  const made = {}
  made.elder = await elderOf(url, 'daughter1')
  made.held = await meal(url, 'daughter1')
  made.meal = await meal(url, 'daughter1')
  await pay(url, 'daughter1', made.meal.id)
  made.visit = await visit(url, 'daughter1')
  await pay(url, 'daughter1', made.visit.id)
  made.carer = await asked(url, made.visit.id)
  made.offer = await visit(url, 'daughter1', 'home_visit', { after: 2 })
  await pay(url, 'daughter1', made.offer.id)
  await contract(url, 12_000_000)
  made.quiet = await inCareOf(url, 'son1', '赵永福')
  await person(url, made.carer)('mutation($id: ID!) { offerAccept(input: {orderId: $id}) { order { id } userErrors { message } } }', { id: made.visit.id })
  return made
}

/** The addresses of all pages. */
export const registered = () => {
  const text = readFileSync(new URL('../../src/pages.json', import.meta.url), 'utf8').replace(/^\s*\/\/.*$/gm, '')
  const { pages, subPackages } = JSON.parse(text)
  return [...pages.map(({ path }) => path), ...subPackages.flatMap(({ root, pages: own }) => own.map(({ path }) => `${root}/${path}`))]
}

/** Each page with who opens it, and what is done there before it is looked at. */
export const looks = (world, made) => [
  { path: '/pages/home/index', face: 'family', as: 'daughter1' },
  { path: '/pages/orders/index', face: 'family', as: 'daughter1' },
  { path: '/pages/me/index', face: 'family', as: 'daughter1' },
  { path: '/pages/meal/canteens', face: 'family', as: 'daughter1' },
  { path: `/pages/meal/book?canteen=${made.meal.canteen.id}`, face: 'family', as: 'daughter1', then: async (window) => window.pressNamed('加一份') },
  { path: '/pages/meal/check', face: 'family', as: 'daughter1', from: `/pages/meal/book?canteen=${made.meal.canteen.id}`, then: async (window) => {
    await window.pressNamed('加一份')
    await window.press('下一步')
    await window.see(/付 \d/)
  } },
  { path: `/pages/meal/order?id=${made.held.id}`, face: 'family', as: 'daughter1' },
  { path: `/pages/meal/order?id=${made.meal.id}`, face: 'family', as: 'daughter1' },
  { path: '/pages/visit/book?service=cleaning_help', face: 'family', as: 'daughter1', then: async (window) => window.see(/^\d\d:(00|30)$/) },
  { path: '/pages/visit/check', face: 'family', as: 'daughter1', from: '/pages/visit/book?service=cleaning_help', then: async (window) => {
    await window.press(/^\d\d:(00|30)$/)
    await window.press('下一步')
    await window.see(/付 \d/)
  } },
  { path: `/pages/visit/order?id=${made.visit.id}`, face: 'family', as: 'daughter1' },
  { path: `/pages/visit/consent?elder=${made.elder.id}`, face: 'family', as: 'daughter1' },
  { path: `/pages/order/rate?id=${made.meal.id}&kind=meal`, face: 'family', as: 'daughter1' },
  { path: `/pages/order/dispute?id=${made.visit.id}`, face: 'family', as: 'daughter1' },
  { path: `/pages/elder/show?id=${made.elder.id}`, face: 'family', as: 'daughter1' },
  { path: `/pages/elder/vouchers?id=${made.elder.id}`, face: 'family', as: 'daughter1' },
  { path: '/pages/elder/bind', face: 'family', as: 'daughter1' },
  { path: '/mine/missing/index', face: 'family', as: 'daughter1' },
  { path: `/rights/list/index?id=${made.elder.id}`, face: 'family', as: 'daughter1', then: async (window) => {
    await window.press('还差资料')
    await window.press('还差什么')
    await window.see('还没有登记的资料')
  } },
  { path: `/rights/list/index?id=${made.elder.id}`, name: 'yes', face: 'family', as: 'daughter1', then: async (window) => window.press('为什么可以') },
  { path: `/rights/consents/index?id=${made.elder.id}&name=李国强`, name: 'forbidden', face: 'family', as: 'daughter1' },
  { path: `/rights/consents/index?id=${made.elder.id}&name=李国强`, face: 'family', as: 'elder1', then: async (window) => {
    await window.press('看内容、同意')
    await window.see(/可以撤回/)
  } },
  { path: '/bundle/book/index', face: 'family', as: 'daughter1', then: async (window) => {
    await window.press('排时间')
    await window.see(/这 6 次都订/)
    await window.pressNamed('改第1次')
  } },
  { path: '/mine/messages/index', face: 'family', as: 'daughter1', then: async (window) => window.see('护理员已接单') },
  { path: '/mine/messages/index', name: 'empty', face: 'family', as: 'son1' },
  { path: '/mine/reminders/index', face: 'family', as: 'daughter1', then: async (window) => window.see('还没有同意') },
  { path: `/mine/privacy/index?id=${made.elder.id}&name=李国强`, face: 'family', as: 'elder1', then: async (window) => {
    await window.press('要一份')
    await window.see('姓名：李国强')
  } },
  { path: `/mine/privacy/index?id=${made.elder.id}&name=李国强`, name: 'forbidden', face: 'family', as: 'daughter1', then: async (window) => window.see('只有老人本人') },
  { path: `/mine/privacy/index?id=${made.quiet.id}&name=赵永福`, name: 'erasing', face: 'family', as: 'son1', then: async (window) => {
    await window.press('申请删除')
    await window.press('提出申请')
    await window.see('可以反悔')
  } },
  { path: '/mine/help/index', name: 'empty', face: 'family', as: 'son1' },
  { path: `/mine/seen/index?id=${made.elder.id}`, face: 'family', as: 'elder1', then: async (window) => window.see('看了：') },
  { path: '/elder/consent/index', face: 'elder', as: 'elder1' },
  { path: '/elder/consent/index', name: 'text', face: 'elder', as: 'elder1', then: async (window) => {
    await window.press('上门助浴知情同意')
    await window.see('我不同意')
  } },
  { path: '/elder/home/index', face: 'elder', as: 'elder1' },
  { path: '/elder/meal/index', face: 'elder', as: 'elder1' },
  { path: '/elder/meal/index', name: 'choosing', face: 'elder', as: 'elder1', then: async (window) => {
    await window.press('再订一份')
    await window.press('换一样')
    await window.see('想吃什么？')
    await window.see('套餐')
  } },
  { path: '/elder/visit/index', face: 'elder', as: 'elder1' },
  { path: '/elder/visit/index', name: 'time', face: 'elder', as: 'elder1', then: async (window) => {
    await window.press('再请一次')
    await window.press('打扫屋子')
    await window.see('别的时间')
  } },
  { path: `/elder/booked/index?kind=meal&id=${made.meal.id}&new=1`, face: 'elder', as: 'elder1' },
  { path: `/elder/booked/index?kind=meal&id=${made.held.id}`, face: 'elder', as: 'elder1' },
  { path: `/elder/booked/index?kind=visit&id=${made.visit.id}`, face: 'elder', as: 'elder1' },
  { path: '/elder/family/index', face: 'elder', as: 'elder1', then: async (window) => window.press('存一个号码') },
  { path: '/elder/help/index', face: 'elder', as: 'elder1' },
  { path: '/elder/help/index', name: 'called', face: 'elder', as: 'elder1', then: async (window) => {
    await window.press('叫服务台和家人')
    await window.see('已经叫人了')
  } },
  { path: '/mine/help/index', face: 'family', as: 'daughter1', then: async (window) => window.see('服务台还没有接') },
  { path: '/pages/home/index', name: 'help', face: 'family', as: 'daughter1', then: async (window) => window.see('按了紧急求助') },
  { path: '/carer/work/index', face: 'carer', as: made.carer },
  { path: '/carer/visits/index', face: 'carer', as: made.carer },
  { path: `/carer/visit/index?id=${made.visit.id}`, face: 'carer', as: made.carer },
  { path: `/carer/trouble/index?id=${made.visit.id}&kind=stop`, face: 'carer', as: made.carer },
  { path: '/carer/me/index', face: 'carer', as: made.carer },
  { path: '/canteen/counter/index', face: 'canteen', as: 'canteen2' },
  { path: '/canteen/kitchen/index', face: 'canteen', as: 'canteen2' },
  { path: '/canteen/sell/index', face: 'canteen', as: 'canteen2' },
  { path: '/canteen/delivery/index', face: 'canteen', as: 'canteen2' },
  { path: '/desk/find/index', face: 'desk', as: 'desk1', then: async (window) => {
    await window.fill('老人姓名', '李国强')
    await window.press('查找')
    await window.see('岁')
  } },
  { path: `/desk/elder/index?id=${made.elder.id}`, face: 'desk', as: 'desk1', then: async (window) => window.press('收现金') },
  { path: '/desk/register/index', face: 'desk', as: 'desk1', then: async (window) => {
    await window.press('金马街道')
    await window.see('东骧社区')
  } },
  { path: '/desk/cash/index', face: 'desk', as: 'desk1' },
  // Beside the page: who calls for help, and at once his telephone number.
  { path: '/desk/watch/index', face: 'desk', as: 'desk1', then: async (window) => {
    await window.press('我来处理')
    await window.press('老人没事')
  } },
  { path: '/desk/help/index', face: 'desk', as: 'desk1', then: async (window) => window.see('个紧急求助') },
  { path: '/desk/help/index', name: 'done', face: 'desk', as: 'desk1', before: () => helped(world.url), then: async (window) => window.see('老人没事') },
  { path: '/desk/complaints/index', face: 'desk', as: 'desk1', before: () => complained(world.url, made.meal.id, '饭菜凉了，要求退钱。'), then: async (window) => {
    await window.press(/^回复$/)
    await window.see('还可以写')
  } },
  { path: `/desk/privacy/index?id=${made.quiet.id}&name=赵永福`, face: 'desk', as: 'desk1', then: async (window) => {
    await window.fill('这张纸放在哪里', '二号柜')
    await window.see('撤回，不删了')
  } },
  { path: `/records/life/index?id=${made.quiet.id}&desk=1`, face: 'desk', as: 'desk1', then: async (window) => {
    await window.press('记去世')
    await window.fill('从哪里知道的', '死亡证明')
    await window.press('下一步')
    await window.see('记下以后')
  } },
  { path: `/records/life/index?id=${made.quiet.id}`, name: 'move', face: 'office', as: 'officer1', then: async (window) => {
    await window.press('记搬家')
    await window.see('金马街道')
  } },
  { path: `/records/rights/index?id=${made.elder.id}`, face: 'office', as: 'officer1', then: async (window) => window.press('人员类别') },
  { path: '/office/unused/index', face: 'office', as: 'officer1', then: async (window) => {
    await window.press('金马街道')
    await window.see('没有应享未享的老人')
  } },
  { path: '/office/dispatch/index', face: 'provider', as: 'homecare1', then: async (window) => {
    const day = new Date(Date.parse(made.offer.startsAt) + 8 * 3_600_000)
    await window.press(`${day.getUTCMonth() + 1}月${day.getUTCDate()}日`)
    await window.press('派人')
    await window.see('改派给谁')
  } },
  { path: '/office/statements/index', face: 'office', as: 'officer1' },
  { path: '/office/statements/index?face=provider', name: 'own', face: 'provider', as: 'homecare1' },
  { path: '/office/faults/index', face: 'provider', as: 'homecare1' },
  { path: '/office/papers/index', face: 'office', as: 'officer1' },
  { path: '/office/lines/index', face: 'office', as: 'officer1' },
  { path: '/office/words/index', name: 'none', face: 'office', as: 'officer1' },
  { path: '/office/words/index', face: 'office', as: 'officer1', before: () => written(world.url, '请加微信联系'), then: async (window) => window.see('请加微信联系') },
  { path: '/office/programmes/index', face: 'office', as: 'officer1' },
  { path: '/office/contracts/index', face: 'office', as: 'officer1', then: async (window) => window.see('还剩') },
  { path: '/office/contracts/index', name: 'form', face: 'office', as: 'officer1', then: async (window) => {
    await window.press('改上限')
    await window.see('这份合同已经记过')
  } },
  { path: '/office/contracts/index?face=provider', name: 'own', face: 'provider', as: 'homecare1', then: async (window) => window.see('还剩') },
  { path: '/records/bills/index?face=desk', name: 'none', face: 'desk', as: 'desk1' },
  { path: `/elder/rights/index?id=${made.quiet.id}`, name: 'none', face: 'elder', as: 'son1', then: async (window) => window.see('现在没有查到') },
  // What is known of the elder is another from here on.
  { path: `/elder/rights/index?id=${made.elder.id}`, face: 'elder', as: 'elder1', before: () => entitle(world.url, made.elder.id), then: async (window) => window.see('居家养老服务券') },
  { path: `/elder/rights/index?id=${made.elder.id}`, name: 'how', face: 'elder', as: 'elder1', then: async (window) => window.press('怎么办') },
  { path: `/elder/rights/index?id=${made.elder.id}`, name: 'tell', face: 'elder', as: 'elder1', then: async (window) => window.press('告诉家人') },
  // The last ones: the time moves to the next day.
  { path: '/records/bills/index', face: 'office', as: 'officer1', before: () => comparedBills(world.url), then: async (window) => {
    await window.press('差 2 笔')
    await window.see('对不上 2 笔')
    await window.press('写查明情况')
  } },
  { path: '/records/bills/index?face=desk', face: 'desk', as: 'desk1', then: async (window) => window.see('支付金额不一致') },
]
