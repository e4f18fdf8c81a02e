// Request keys: one per form and content, made once and stored before the request leaves, so that a lost answer
// can be asked for again without doing the act twice.
import { forget, keep, kept } from './storage'

interface Pending {
  key: string
  /** What the key was made for. */
  content: string
  /** The same in words, for the person. */
  about: string
  /** When it was sent last, by the phone's clock. */
  at: number
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

function drawn(): string {
  let text = ''
  for (let at = 0; at < 24; at += 1) text += LETTERS[Math.floor(Math.random() * LETTERS.length)]
  return `${Date.now().toString(36)}-${text}`
}

/** The key for a form with this content, which is sent now: the stored one as long as the content is the same. */
export function requestKey(form: string, content: unknown, about = ''): string {
  const text = JSON.stringify(content)
  const pending = kept<Pending>(`key.${form}`)
  const key = pending?.content === text ? pending.key : drawn()
  keep(`key.${form}`, { key, content: text, about: about || (pending?.content === text ? pending.about : ''), at: Date.now() })
  return key
}

/** Something that was sent and not answered, as it was sent. */
export interface Unanswered<C> extends Omit<Pending, 'content'> {
  content: C
}

/** What this form has sent without an answer: nobody knows whether it was carried out. Null when nothing. */
export function unanswered<C>(form: string): Unanswered<C> | null {
  const pending = kept<Pending>(`key.${form}`)
  return pending ? { ...pending, content: JSON.parse(pending.content) as C } : null
}

/** Keeps it once more: who signs out forgets everything, but what a page still shows has been sent. */
export function remember<C>(form: string, sent: Unanswered<C>): void {
  keep(`key.${form}`, { ...sent, content: JSON.stringify(sent.content) })
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
