// The rules that every page keeps, with the numbers of the project's table for elders' pages.
import { AxeBuilder } from '@axe-core/playwright'

export const GATES = {
  elder: { size_px: 20, target_px: 60, contrast: 7, gap_px: 8, choices: 4 },
  other: { size_px: 14, target_px: 44, contrast: 4.5, gap_px: 0, choices: null },
}

/** What is wrong on the shown page, as sentences; runs inside the browser. */
function inspect({ gate, scale, isElder }) {
  const wrong = []
  const name = (element) => `"${(element.innerText || element.getAttribute('aria-label') || element.tagName).trim().slice(0, 24)}"`
  const isShown = (element) => {
    const box = element.getBoundingClientRect()
    return box.width > 1 && box.height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  }
  const numbers = (color) => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = ([red, green, blue]) => {
    const part = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
  }
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor)
      if (color.length === 3 || color[3] === 1) return color
    }
    return [255, 255, 255]
  }

  // Type: size, line height, contrast, language (long numbers of payments have letters), figures.
  const walker = document.createTreeWalker(document.querySelector('.face'), NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim()
    const element = node.parentElement
    if (!text || !isShown(element)) continue
    const style = getComputedStyle(element)
    const size = parseFloat(style.fontSize)
    if (size < gate.size_px * scale - 0.1) wrong.push(`type of ${size} px: ${text.slice(0, 24)}`)
    const line = style.lineHeight === 'normal' ? 1.2 * size : parseFloat(style.lineHeight)
    if (line / size < 1.49) wrong.push(`line height of ${(line / size).toFixed(2)}: ${text.slice(0, 24)}`)
    if (!element.closest('[aria-disabled]')) {
      const [one, other] = [luminance(numbers(style.color)), luminance(ground(element))]
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
      if (contrast < gate.contrast) wrong.push(`contrast of ${contrast.toFixed(1)}: ${text.slice(0, 24)}`)
    }
    if (/[A-Za-z]{3,}/.test(text.replace(/GraphiQL|GPS|SOS|DEMO-[\w-]+|\b(?=\w*\d)\w{16,}\b/g, ''))) wrong.push(`not Chinese: ${text.slice(0, 40)}`)
    if (/\d\.\d(?!\d)\s*元|¥|￥/.test(text)) wrong.push(`money not as 12.50 元: ${text.slice(0, 24)}`)
    if (isElder && /\d{1,2}:\d\d|\d+\.\d\d/.test(text)) wrong.push(`not in words: ${text.slice(0, 24)}`)
  }

  // Things to press: role, tab stop, size, distance.
  const targets = [...document.querySelectorAll('.face [role="button"], .face a, .face input, .face textarea')].filter(isShown)
  for (const target of targets) {
    const box = (target.matches('input, textarea') ? target.closest('.care-input') ?? target : target).getBoundingClientRect()
    if (box.height < gate.target_px - 0.5 || box.width < gate.target_px - 0.5) wrong.push(`target of ${box.width.toFixed(0)}×${box.height.toFixed(0)}: ${name(target)}`)
    if (target.matches('[role="button"]') && target.tabIndex !== 0) wrong.push(`no tab stop: ${name(target)}`)
    if (target.matches('input, textarea') && !target.getAttribute('aria-label')) wrong.push(`no name: ${name(target)}`)
  }
  for (const one of targets) for (const other of targets) {
    if (!gate.gap_px || one === other || one.contains(other) || other.contains(one)) continue
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()]
    const gap = Math.max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom)
    if (gap >= -1 && gap < gate.gap_px - 0.5) wrong.push(`gap of ${gap.toFixed(0)}: ${name(one)} and ${name(other)}`)
  }
  for (const element of document.querySelectorAll('.face [onclick]')) if (!element.matches('[role="button"]')) wrong.push(`no role: ${name(element)}`)

  // The page as a whole.
  const headings = [...document.querySelectorAll('[role="heading"][aria-level="1"], h1')].filter(isShown)
  if (headings.length !== 1) wrong.push(`${headings.length} main headings`)
  const page = document.documentElement
  if (page.scrollWidth > page.clientWidth + 1) wrong.push(`scrolls sideways: ${page.scrollWidth} in ${page.clientWidth}`)
  for (const element of document.querySelectorAll('.face *')) {
    const box = element.getBoundingClientRect()
    if (isShown(element) && box.right > page.clientWidth + 1) {
      wrong.push(`sticks out to ${box.right.toFixed(0)}: ${name(element)}`)
      break
    }
  }
  if (isElder) {
    const choices = document.querySelectorAll('.elder-choice').length
    if (choices > gate.choices) wrong.push(`${choices} choices`)
    if (!document.body.innerText.includes('读给我听')) wrong.push('cannot be read aloud')
  }
  if (document.querySelector('uni-toast, uni-modal, dialog[open]')) wrong.push('a dialog on load')
  const viewport = document.querySelector('meta[name=viewport]').content
  if (/user-scalable\s*=\s*(no|0)|maximum-scale/.test(viewport)) wrong.push('cannot be zoomed')
  if (document.documentElement.lang !== 'zh-CN') wrong.push('lang is not zh-CN')
  return [...new Set(wrong)]
}

/** Everything that is wrong with the page as it stands, at the usual and at the doubled root size. */
export async function faultsOf(page, face, { withAxe = true } = {}) {
  const isElder = face === 'elder'
  const gate = isElder ? GATES.elder : GATES.other
  const wrong = (await page.evaluate(inspect, { gate, scale: 1, isElder })).map((one) => `${one}`)
  if (withAxe) {
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
    wrong.push(...violations.map(({ id, nodes }) => `axe ${id}: ${nodes[0].html.slice(0, 120)}`))
  }
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '32px', 'important'))
  wrong.push(...(await page.evaluate(inspect, { gate, scale: 2, isElder })).map((one) => `doubled: ${one}`))
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'))
  return wrong
}
