// Request keys: one per form and content, made once and stored before the request leaves, so that a lost answer
// can be asked for again without doing the act twice.
import { forget, keep, kept } from './storage'

interface Pending {
  key: string
  /** What the key was made for. */
  content: string
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

function drawn(): string {
  let text = ''
  for (let at = 0; at < 24; at += 1) text += LETTERS[Math.floor(Math.random() * LETTERS.length)]
  return `${Date.now().toString(36)}-${text}`
}

/** The key for a form with this content: the stored one as long as the content is the same. */
export function requestKey(form: string, content: unknown): string {
  const text = JSON.stringify(content)
  const pending = kept<Pending>(`key.${form}`)
  if (pending?.content === text) return pending.key
  const key = drawn()
  keep(`key.${form}`, { key, content: text })
  return key
}

/** What this form has sent without an answer, as it was sent: nobody knows whether it was carried out. Null when nothing. */
export function unanswered<C>(form: string): C | null {
  const pending = kept<Pending>(`key.${form}`)
  return pending ? (JSON.parse(pending.content) as C) : null
}

/** The answer came: the next act of this form is a new one. */
export function settled(form: string): void {
  forget(`key.${form}`)
}

/** Made once per phone and kept; says only "the same phone as before". */
export function deviceKey(): string {
  const known = kept<string>('device')
  if (known) return known
  const key = drawn()
  keep('device', key)
  return key
}
