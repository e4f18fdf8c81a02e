// Every page while it waits, without network, with what it showed last, and signed out: never blank, never endless, never
// in English, and always with something to do next.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demo } from '../kit/demo.mjs'
import { hasBrowser, open, seat } from '../kit/browser.mjs'
import { furnish, looks } from '../kit/looks.mjs'

/** Pages that keep nothing on the machine: prices must be of now, and elders' data stays off shared computers. */
const KEEPS_NOTHING = ['/pages/meal/check', '/pages/visit/check', '/desk/elder/index', '/desk/cash/index', '/desk/privacy/index', '/records/life/index', '/records/rights/index', '/office/dispatch/index', '/office/lines/index', '/office/words/index']

/** Says that there is nothing: it reads nothing, and nobody has to sign in. */
const KNOWS_NOTHING = '/mine/missing/index'

/** Found once in a phone's life, then nothing is read any more. */
const NEEDS_NO_LINE = ['/canteen/counter/index']

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

/** Each address once, as the first who opens it; those that are reached through another page only are in the flows. */
function addresses() {
  const known = new Map()
  for (const { path, as, from } of looks(world, made)) if (!from && path !== KNOWS_NOTHING && !known.has(path.replace(/\?.*/, ''))) known.set(path.replace(/\?.*/, ''), { path, as })
  return [...known].map(([bare, look]) => ({ bare, ...look }))
}

const text = async (window) => (await window.text()).replace(/\s+/g, ' ')
const shown = (window, words) => window.page.waitForFunction((source) => new RegExp(source).test(document.body.innerText), words.source, { timeout: 20_000 })
const english = (words) => words.replace(/GraphiQL|GPS|SOS|DEMO-[\w-]+|\b(?=\w*\d)\w{16,}\b/g, '').match(/[A-Za-z]{3,}/)

test('every page in every state', { skip: !hasBrowser, timeout: 900_000 }, async (context) => {
  for (const { bare, path, as } of addresses()) {
    await context.test(`${bare} as ${as}`, async () => {
      const window = await seat(browser, world.url, as)
      let line = 'held'
      const waiting = []
      await window.page.route('**/graphql', async (route) => {
        if (line === 'cut') return route.abort()
        if (line === 'held') await new Promise((done) => waiting.push(done))
        return line === 'cut' ? route.abort() : route.continue()
      })
      const reload = async () => {
        await window.page.goto('about:blank')
        await window.page.goto(`${world.url}/?as=${as}#${path}`)
      }
      try {
        // It waits: says so, under its heading.
        await reload()
        await window.page.locator('.face [role="heading"]').first().waitFor()
        const waits = waiting.length > 0 || (await window.page.waitForTimeout(300), waiting.length > 0)
        const reads = waits && (await window.page.locator('[aria-busy="true"]').count()) > 0
        assert.ok(!waits || reads || (await text(window)).length > 40, 'blank while it waits')

        // The line is cut, and nothing was ever read.
        line = 'cut'
        waiting.splice(0).forEach((done) => done())
        if (reads) {
          await shown(window, /没有网络|再试一次|网络断了/)
          assert.equal(await window.page.locator('[aria-busy="true"]').count(), 0, 'still waiting')
          assert.equal(english(await text(window)), null)
        }

        // It has been read once; then the line is cut again.
        line = 'open'
        await reload()
        await window.settled()
        await window.page.waitForTimeout(100)
        line = 'cut'
        await reload()
        if (reads && !NEEDS_NO_LINE.includes(bare)) {
          await shown(window, KEEPS_NOTHING.includes(bare) ? /没有网络/ : /下面是.*的内容/)
          assert.equal(english(await text(window)), null)
          await shown(window, KEEPS_NOTHING.includes(bare) ? /再试一次/ : /./)
        }
      } finally {
        waiting.splice(0).forEach((done) => done())
        await window.close()
      }

      // Nobody is signed in: a way in, and what was written stays.
      const guest = await seat(browser, world.url, as)
      try {
        await guest.page.route('**/demo/login*', (route) => route.fulfill({ status: 404, body: '' }))
        await guest.page.goto(`${world.url}/?as=${as}#${path}`)
        await guest.page.locator('[role="button"]').filter({ hasText: '登录' }).first().waitFor()
        assert.equal(english(await text(guest)), null)
      } finally {
        await guest.close()
      }
    })
  }
})
