// What was sent without an answer: it is asked what became of it, before anything else is ordered. Asking orders nothing.
import { reactive } from 'vue'
import { onHide, onUnload } from '@dcloudio/uni-app'
import { ask, Trouble, type Refusal } from '@/api/client'
import { RequestedOrder } from '@/api/gen/documents'
import { once, type Doing } from './act'
import { remember, settled, unanswered, type Unanswered } from './keys'

/** `coming`: not there, but sent so lately that it may still arrive. `unknown`: nobody could be asked. */
export type Became = 'unknown' | 'coming' | 'none' | 'done'

export interface Sent<C> {
  /** What was sent; null when nothing is open. */
  now: Unanswered<C> | null
  became: Became
  /** The order that it made. */
  orderId: string
  /** Asks what became of it. */
  look(): Promise<void>
  /** Sends for the first time, or once more what is open: then with its own key, and the content is not looked at. */
  send<P>(name: string, content: C, about: string, act: (input: C & { requestKey: string }) => Promise<{ done: P; refusal: Refusal | null }>): Promise<P | null>
  /** The person knows, or does not want it any more. */
  drop(): void
}

/** What is not there so long after it was sent will not arrive any more: pages wait 15 seconds for an answer, the API cuts off sooner. */
const ARRIVES_MS = 60_000
const AGAIN_MS = 5_000

/** `found` is called when it turns out that it was carried out. */
export function useSent<C extends object>(form: string, doing: Doing, found?: (content: C) => void): Sent<C> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => clearTimeout(timer)
  onHide(stop)
  onUnload(stop)
  const own = reactive({
    now: unanswered<C>(form),
    became: 'unknown',
    orderId: '',
    async look() {
      stop()
      const sent = own.now
      if (!sent || own.became === 'done') return
      try {
        const { requestedOrderId } = await ask(RequestedOrder, { requestKey: sent.key })
        own.orderId = requestedOrderId ?? ''
        own.became = requestedOrderId ? 'done' : Date.now() - sent.at < ARRIVES_MS ? 'coming' : 'none'
        doing.clear()
      } catch (error) {
        if (!(error instanceof Trouble) || error.kind === 'signedOut') throw error
        doing.refusal = error.message
        own.became = 'unknown'
      }
      if (own.became === 'done') {
        settled(form)
        found?.(sent.content as C)
      }
      if (own.became === 'coming') timer = setTimeout(() => void own.look().catch(() => null), AGAIN_MS)
    },
    async send(name, content, about, act) {
      stop()
      if (own.now) remember(form, own.now as Unanswered<C>)
      const done = await once(doing, name, form, (own.now?.content as C | undefined) ?? content, act, own.now?.about ?? about)
      own.now = unanswered<C>(form) as typeof own.now
      own.became = 'unknown'
      // The line may be back already.
      if (own.now && !done) await own.look().catch(() => null)
      return done
    },
    drop() {
      stop()
      settled(form)
      own.now = null
      own.became = 'unknown'
      doing.clear()
    },
  }) as Sent<C>
  return own
}
