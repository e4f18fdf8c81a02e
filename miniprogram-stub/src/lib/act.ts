// Acts of a page: one at a time, with the sentence for the person when it did not work.
import { reactive } from 'vue'
import { Trouble, type Refusal } from '@/api/client'
import { requestKey, settled, unanswered } from './keys'

export interface Doing {
  /** Which button is busy; empty when none. */
  busy: string
  /** What to tell the person. */
  refusal: string
  /** For the page: the code of the refusal, or of the trouble. */
  code: string
  run<P>(name: string, work: () => Promise<{ done: P; refusal: Refusal | null }>): Promise<P | null>
  clear(): void
}

/** Codes after which the same request with the same key has to follow: it may be on its way, or carried out. */
const OPEN = ['BUSY', 'TROUBLE_unknown', 'TROUBLE_busy', 'TROUBLE_fault']
/** Says nothing about what was sent before. */
const UNHEARD = ['TROUBLE_signedOut', 'TROUBLE_forbidden']

/** An act that must not happen twice: its key is stored before it leaves and forgotten with its answer. `about`: the same in words. */
export async function once<C extends object, P>(doing: Doing, name: string, form: string, content: C, send: (input: C & { requestKey: string }) => Promise<{ done: P; refusal: Refusal | null }>, about = ''): Promise<P | null> {
  const wasOpen = unanswered(form) !== null
  const done = await doing.run(name, () => send({ ...content, requestKey: requestKey(form, content, about) }))
  if (done || !(OPEN.includes(doing.code) || (wasOpen && UNHEARD.includes(doing.code)))) settled(form)
  return done
}

/** An act got no answer, and may still arrive: its object is looked at until it is seen to be done, or long enough. `what`: 取消. */
export async function watch(doing: Doing, what: string, page: { oldAt: number | null; load(): Promise<void> }, isDone: () => boolean, sentAt = Date.now()): Promise<void> {
  if (!OPEN.includes(doing.code)) return
  const until = sentAt + 45_000
  for (let isFirst = true; isFirst || Date.now() < until; isFirst = false) {
    await page.load()
    if (isDone()) return doing.clear()
    doing.refusal = `没有收到回音，不知道有没有${what}。正在接着看，不到一分钟就知道。`
    await new Promise((done) => setTimeout(done, 3000))
  }
  doing.refusal = page.oldAt === null ? `没有${what}。请再试一次。` : `没有网络，不知道有没有${what}。`
}

export function useActs(): Doing {
  const doing: Doing = reactive({
    busy: '',
    refusal: '',
    code: '',
    clear() {
      doing.refusal = ''
      doing.code = ''
    },
    async run<P>(name: string, work: () => Promise<{ done: P; refusal: Refusal | null }>): Promise<P | null> {
      if (doing.busy) return null
      doing.busy = name
      doing.clear()
      try {
        const { done, refusal } = await work()
        if (!refusal) return done
        doing.refusal = refusal.message
        doing.code = refusal.code
      } catch (error) {
        const trouble = error instanceof Trouble ? error : new Trouble('fault', '出了点问题，请稍后再试。')
        if (!(error instanceof Trouble)) console.error(error)
        doing.refusal = trouble.message
        doing.code = `TROUBLE_${trouble.kind}`
      } finally {
        doing.busy = ''
      }
      return null
    },
  })
  return doing
}
