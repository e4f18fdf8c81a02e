// Every page of every face keeps the rules, asks at most twice before it shows something, and nothing leaves this host.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { furnish, looks, registered } from '../kit/looks.mjs'
import { faultsOf } from '../kit/rules.mjs'

let world
let browser
let made
before(async () => {
  world = await demo()
  browser = await open()
  made = await furnish(world.url)
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

test('every page keeps the rules', { skip: !hasBrowser, timeout: 600_000 }, async (context) => {
  const windows = {}
  const covered = new Set(['pages/start/index'])
  for (const look of looks(world, made)) {
    const window = (windows[look.as] ??= await seat(browser, world.url, look.as))
    const name = `${look.path.replace(/\?.*/, '')}${look.name ? ` (${look.name})` : ''} as ${look.as}`
    await context.test(name, async () => {
      await look.before?.()
      await window.go(look.from ?? look.path)
      const asked = window.requests.filter(({ operationName }) => !/^Session/.test(operationName)).map(({ operationName }) => operationName)
      await look.then?.(window)
      if (process.env.NUANYANG_SHOTS) await window.shot(`page-${look.path.replace(/\?.*/, '').slice(1).replace(/\//g, '-')}${look.name ? `-${look.name}` : ''}`)
      assert.deepEqual(await faultsOf(window.page, look.face), [])
      assert.ok(asked.length <= (look.path === '/desk/watch/index' ? 3 : 2), `asks ${asked.join(', ')} before it shows anything`)
      assert.deepEqual(window.faults.splice(0), [])
    })
    covered.add(look.path.replace(/\?.*/, '').slice(1))
  }
  assert.deepEqual(registered().filter((path) => !covered.has(path)), [], 'pages that no rule looks at')
})

test('the start page keeps the rules', { skip: !hasBrowser }, async () => {
  const window = await seat(browser, world.url, '')
  await window.page.goto(`${world.url}/`)
  await window.see('我是护理员')
  assert.deepEqual(await faultsOf(window.page, 'family'), [])
  assert.deepEqual(window.faults, [])
})

test('the rules see what is wrong', { skip: !hasBrowser }, async () => {
  const window = await seat(browser, world.url, 'elder1')
  await window.go('/elder/help/index')
  await window.page.evaluate(() => {
    const face = document.querySelector('.face')
    face.insertAdjacentHTML('beforeend', `<p style="font-size:12px;line-height:1;color:#999">small grey words 9.5 元 at 09:30</p><div role="button" style="width:20px;height:20px">x</div>
      <div role="heading" aria-level="1">again</div><div style="width:600px">wide</div>${'<div class="elder-choice">more</div>'.repeat(5)}`)
  })
  const found = (await faultsOf(window.page, 'elder')).join('\n')
  for (const wanted of ['type of 12', 'line height of 1.00', 'contrast of', 'not Chinese', 'money not as', 'not in words', 'target of 20', 'no tab stop', '2 main headings', 'scrolls sideways', 'choices', 'doubled']) assert.match(found, new RegExp(wanted))
})
