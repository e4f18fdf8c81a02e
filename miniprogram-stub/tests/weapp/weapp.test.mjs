// The WeChat build: it compiles with WeChat's own tools, every page registers, the loops run, the packages are small.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clock, demo, moveClock, person } from '../kit/demo.mjs'

const { Phone, compiler, sizes } = createRequire(import.meta.url)('./runner.cjs')
const folder = fileURLToPath(new URL('../../build/mp-weixin', import.meta.url))
const skip = !compiler('wcc') ? 'WeChat\'s compilers run on x86-64 only' : !existsSync(folder) ? 'there is no WeChat build: npm run build:weapp' : false
const KB = 1024

let world
let simulator
const phones = []
before(async () => {
  world = await demo()
  if (world) simulator = (await (await fetch(`${world.url}/demo/simulator`)).json()).url
})
after(async () => {
  for (const phone of phones) phone.end()
  await world?.stop()
})

async function phone(name, more = {}) {
  const made = new Phone(folder, { base: world.url, simulator, person: name, ...more })
  made.setClock((await clock(world.url)).now)
  phones.push(made)
  return made
}

/** Moves the time of the demo and of every phone. */
async function move(at) {
  await moveClock(world.url, { at })
  for (const one of phones) one.setClock(at)
}

test('the packages keep their limits, and the desk is not among them', { skip }, () => {
  const all = sizes(folder)
  const total = Object.values(all).reduce((sum, size) => sum + size, 0)
  console.log(`WeChat packages in KB: ${Object.entries(all).map(([name, size]) => `${name} ${(size / KB).toFixed(0)}`).join(', ')}; total ${(total / KB).toFixed(0)}`)
  assert.ok(all.main <= 500 * KB, `main package is ${all.main}`)
  assert.ok(total <= 1024 * KB, `all packages are ${total}`)
  assert.deepEqual(Object.keys(all).sort(), ['bundle', 'canteen', 'carer', 'elder', 'main', 'mine', 'rights'])
  for (const none of ['desk', 'office', 'records', 'pages/start']) assert.ok(!existsSync(`${folder}/${none}`), none)
})

test('every page opens, says something, and has roles on what can be pressed', { skip }, async () => {
  const shown = await phone('daughter1')
  for (const route of shown.pages) {
    shown.open(`/${route}`)
    await shown.see(/\S{2,}/)
    for (const button of shown.buttons()) {
      assert.equal(button.attributes.ariaRole ?? button.attributes['aria-role'], 'button', `${route}: something to press has no role`)
    }
    shown.close()
  }
  assert.equal(shown.calls.filter(([kind]) => kind === 'modal').length, 0)
})

test('a meal is ordered and paid', { skip }, async () => {
  const daughter = await phone('daughter1')
  daughter.open('/pages/home/index')
  await daughter.see('李国强')
  await daughter.press('订餐')
  await daughter.see('东骧社区老年幸福食堂')
  await daughter.press('东骧社区老年幸福食堂')
  await daughter.see('哪一天？')
  await daughter.press('到食堂吃')
  await daughter.press(/^加一份|^要$/)
  await daughter.press('下一步')
  await daughter.see('请核对')
  await daughter.press(/付 \d/)
  await daughter.see('已订好')
  assert.ok(daughter.calls.some(([kind]) => kind === 'requestPayment'))
  assert.ok(daughter.calls.some(([kind]) => kind === 'connectSocket'))
})

test('a visit is booked, offered, carried out and confirmed, with live updates', { skip }, async () => {
  const daughter = await phone('daughter1')
  daughter.open('/pages/home/index')
  await daughter.see('李国强')
  await daughter.press('助洁')
  await daughter.see('几点开始？')
  await daughter.press(/^\d\d:(00|30)$/)
  await daughter.press('下一步')
  await daughter.press(/付 80/)
  await daughter.see('正在找')
  const code = /(\d ?){6}/
  const { serviceOrders } = await person(world.url, 'daughter1')('{ serviceOrders(first: 10) { nodes { id createdAt } } }')
  const orderId = serviceOrders.nodes.sort((one, other) => other.createdAt.localeCompare(one.createdAt))[0].id
  const { serviceOrder } = await person(world.url, 'daughter1')('query($id: ID!) { serviceOrder(id: $id) { startsAt endsAt visitCode } }', { id: orderId })
  let name = null
  for (let tries = 0; !name && tries < 60; tries += 1) {
    for (const one of ['carer1', 'carer2']) if ((await person(world.url, one)('{ myVisits { id } }')).myVisits.some((visit) => visit.id === orderId)) name = one
    await new Promise((done) => setTimeout(done, 300))
  }
  const carer = await phone(name)
  carer.open('/carer/work/index')
  await carer.see('80.00 元')
  await carer.press(/^接单$/)
  await carer.see('我出发了')
  await daughter.see('护理员接单')
  assert.match(daughter.text(), code)
  await move(serviceOrder.startsAt)
  await carer.press('我出发了')
  await carer.see('我到了，打卡')
  await daughter.see('在路上')
  carer.fill('上门码', serviceOrder.visitCode)
  await carer.press('我到了，打卡')
  await carer.see('做了哪些？')
  for (const label of carer.buttons().map((one) => String(one.attributes.ariaLabel ?? one.attributes['aria-label'])).filter((one) => one.endsWith('，做了'))) carer.tap(label)
  await move(serviceOrder.endsAt)
  await carer.press('做完了')
  await daughter.see('您看做得对吗')
  await daughter.press('做好了，确认')
  await daughter.see('已完成')
})

test('a yes to WeChat\'s messages is asked for from a tap and told to the house', { skip }, async () => {
  const daughter = await phone('daughter1')
  daughter.open('/mine/reminders/index?part=visit')
  await daughter.see('有人接单了 还没有同意')
  await daughter.press('同意提醒')
  await daughter.see('有人接单了 还能提醒 1 次')
  assert.deepEqual(daughter.calls.filter(([kind]) => kind === 'subscribe').map(([, ids]) => ids.length), [3])
  await daughter.press('同意提醒')
  await daughter.see('有人接单了 还能提醒 2 次')
})

test('the elder hears the page and finds at most four choices', { skip }, async () => {
  const elder = await phone('elder1')
  elder.open('/elder/home/index')
  await elder.see('李国强，您好')
  assert.ok(elder.find((node) => String(node.attributes.class ?? '').includes('elder-choice')).length <= 4)
  await elder.press('读给我听')
  await elder.see('正在读')
  assert.ok(elder.calls.some(([kind]) => kind === 'audio'))
})

test('pages that leave stop what they began', { skip }, () => {
  for (const one of phones) assert.equal(one.end(), 0, `timers of ${one.person} go on`)
})

test('the build holds no address of a third party', { skip }, () => {
  const vendor = readFileSync(`${folder}/common/vendor.js`, 'utf8')
  const hosts = [...new Set([...vendor.matchAll(/https?:\/\/([a-z0-9.-]+)/g)].map(([, host]) => host))].filter((host) => !/^(127\.0\.0\.1|localhost|www\.w3\.org|(.*\.)?(vuejs|vue-i18n)\.(org|dev))/.test(host))
  assert.deepEqual(hosts.filter((host) => !/uniapp|dcloud/.test(host)), [])
})
