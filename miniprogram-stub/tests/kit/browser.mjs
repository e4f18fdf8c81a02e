// Headless Chromium, one window per demo person, and words instead of selectors.
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const program = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path))
export const PATIENCE_MS = 25_000
const shots = fileURLToPath(new URL('../../shots', import.meta.url))

export const hasBrowser = program !== undefined
export const open = () => chromium.launch({ executablePath: program, args: FLAGS })

/** A window of a demo person. Everything that must not happen in it is gathered in `faults`. */
export async function seat(browser, url, name, { width = 375, height = 812 } = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width, height }, isMobile: width < 600, hasTouch: width < 600 })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const faults = []
  const requests = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const to = new URL(request.url())
    if (to.protocol !== 'data:' && to.protocol !== 'blob:' && to.hostname !== '127.0.0.1') faults.push(`outside: ${request.url()}`)
    if (to.pathname === '/graphql') requests.push(JSON.parse(request.postData() ?? '{}'))
  })
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Refused to/.test(message.text())) faults.push(`policy: ${message.text()}`)
  })

  const window = {
    page,
    faults,
    requests,
    /** Opens a page of the app and waits until it shows something. */
    async go(path) {
      // A new address behind # loads nothing by itself: the page is left first.
      await page.goto('about:blank')
      requests.length = 0
      await page.goto(`${url}/?as=${name}#${path}`)
      await window.settled()
    },
    settled: () => page.waitForFunction(() => document.querySelector('.face') && !document.body.innerText.includes('正在读取'), null, { timeout: PATIENCE_MS }),
    async see(words) {
      try {
        await page.getByText(words).filter({ visible: true }).first().waitFor()
      } catch {
        throw new Error(`never saw ${words} at ${page.url()} in: ${(await window.text()).replace(/\s+/g, ' ')}`)
      }
    },
    hidden: (words) => page.getByText(words).first().waitFor({ state: 'hidden' }),
    /** Presses the first pressable thing with these words. */
    async press(words) {
      try {
        await page.locator('[role="button"]:not([aria-disabled])').filter({ hasText: words, visible: true }).first().click()
      } catch {
        throw new Error(`could not press ${words} at ${page.url()} in: ${(await window.text()).replace(/\s+/g, ' ')}`)
      }
    },
    async pressNamed(label) {
      await page.getByRole('button', { name: label, exact: false }).filter({ visible: true }).first().click()
    },
    async fill(label, value) {
      await page.getByLabel(label).filter({ visible: true }).last().fill(value)
    },
    text: () => page.locator('body').innerText(),
    async shot(file) {
      mkdirSync(shots, { recursive: true })
      await page.screenshot({ path: `${shots}/${file}.png`, fullPage: false })
    },
    close: () => context.close(),
  }
  return window
}
