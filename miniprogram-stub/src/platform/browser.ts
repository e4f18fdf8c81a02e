// What is different in a browser. wechat.ts has the same names.
import type { Paid, PayParams, ReminderAnswer, Tokens, Wanted } from './parts'

export const isBrowser: boolean = true
const address = new URLSearchParams(location.search)

/** Which demo person sits at this window; empty outside the demo. */
export const seat = (): string => address.get('as') ?? ''

/** The address of the API: the same host as the pages. */
export const apiAddress = (path: string): string => path
export const socketAddress = (path: string): string => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`

/** Whether somebody can see the page. */
export const isLookedAt = (): boolean => !document.hidden

/** In the demo: carers who have something to do, or have it for one order (`?order=`); the last asked first. */
export const carersWanted = (of = ''): Promise<Wanted[]> => fetch(`/demo/carers${of}`).then((answer) => answer.json()).catch(() => [])

let simulator = ''

/** A code for `sessionStart`; in the demo the simulator plays WeChat. */
export async function loginCode(): Promise<string | null> {
  return null
}

/** Tokens of the demo person of this window; `null` outside the demo. */
export async function demoTokens(): Promise<Tokens | null> {
  if (!seat()) return null
  const answer = await fetch(`/demo/login?as=${encodeURIComponent(seat())}`)
  return answer.ok ? await answer.json() : null
}

/** Opens the payment sheet. In the browser it is a page of the simulator, which leads back to `back`. */
export async function pay(params: PayParams, back: string): Promise<Paid> {
  simulator ||= (await (await fetch('/demo/simulator')).json()).url
  const sheet = new URLSearchParams({ ...params })
  sheet.delete('__typename')
  sheet.set('as', seat())
  sheet.set('return_url', `${location.origin}/?as=${encodeURIComponent(seat())}#${back}`)
  // Whoever comes back without paying finds the order, not the form that made it; also when the browser kept the page.
  history.replaceState(history.state, '', `#${back}`)
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
  location.href = `${simulator}/sim/pay?${sheet}`
  return 'left'
}

/** What the payment sheet said when it led back here; told once. */
export function paidOnReturn(): Paid | null {
  const said = address.get('wx_pay')
  if (!said) return null
  address.delete('wx_pay')
  history.replaceState(history.state, '', `${location.pathname}?${address}${location.hash}`)
  // `fail`: a wrong password, or nothing to pay any more. Nothing was taken.
  return said === 'ok' ? 'ok' : said === 'cancel' || said === 'fail' ? 'cancel' : 'unknown'
}

/** Reads a text aloud, slowly; `failed` when this device cannot. */
export function readAloud(text: string, failed: () => void): void {
  if (typeof speechSynthesis === 'undefined') return failed()
  const words = new SpeechSynthesisUtterance(text)
  words.lang = 'zh-CN'
  words.rate = 0.85
  speechSynthesis.cancel()
  speechSynthesis.speak(words)
}

export function hush(): void {
  if (typeof speechSynthesis !== 'undefined') speechSynthesis.cancel()
}

/** Lets a file be saved: a text, or bytes in base64. Spreadsheets know UTF-8 by the mark at its beginning. */
export function saveFile(name: string, content: { text: string } | { base64: string }): void {
  const part = 'text' in content ? [name.endsWith('.csv') ? '\ufeff' : '', content.text] : [Uint8Array.from(atob(content.base64), (letter) => letter.charCodeAt(0))]
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(part))
  link.download = name
  link.click()
}

/** Only WeChat can show its prompt for messages. */
export const askReminders = async (_templates: string[]): Promise<ReminderAnswer[] | null> => null

/** Copies a text, to be put in elsewhere; whether that worked. uni's own way brings a dialog along. */
export const copyText = (text: string): Promise<boolean> => (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => true, () => false)
