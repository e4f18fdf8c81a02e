// What every page does: load, say how it stands, remember the last answer for a day without network.
import { reactive } from 'vue'
import { onHide, onLoad, onShow, onUnload } from '@dcloudio/uni-app'
import { Trouble } from '@/api/client'
import { followDemoClock } from '@/api/session'
import type { Live } from '@/api/live'
import { now } from './clock'
import { keep, kept } from './storage'

export type PageState = 'loading' | 'ready' | 'failed' | 'signedOut'
export type Query = Record<string, string | undefined>

export interface Page<T> {
  state: PageState
  /** What was read; null before. */
  data: T | null
  /** When the shown data was read, when it is not from now. */
  oldAt: number | null
  /** Why there is nothing, as a sentence. */
  trouble: string
  query: Query
  load(): Promise<void>
}

interface Options<T> {
  /** Name under which the last answer is kept; left out for what must be fresh. */
  name?: (query: Query) => string
  /** Begins to follow something after loading. */
  live?: (data: T, page: Page<T>) => Live | null
  /** What is followed; when it is another after loading, following begins anew. */
  liveOf?: () => string
  /** Called after each loading. */
  then?: (data: T) => void
}

export function usePage<T>(read: (query: Query) => Promise<T>, options: Options<T> = {}): Page<T> {
  let live: Live | null = null
  let isShown = false
  let followed = ''

  const stop = () => {
    live?.stop()
    live = null
  }

  async function load(): Promise<void> {
    const name = options.name && `page.${options.name(page.query)}`
    try {
      const data = await read(page.query)
      page.data = data
      page.oldAt = null
      page.state = 'ready'
      if (name) keep(name, { at: now(), data })
      options.then?.(data)
      if (live && options.liveOf && options.liveOf() !== followed) stop()
      if (isShown && !live && options.live) {
        followed = options.liveOf?.() ?? ''
        live = options.live(data, page as Page<T>)
      }
    } catch (error) {
      const trouble = error instanceof Trouble ? error : new Trouble('fault', '这一页出了点问题，请稍后再试。')
      if (!(error instanceof Trouble)) console.error(error)
      page.trouble = trouble.message
      const last = name ? kept<{ at: number; data: T }>(name) : null
      if (trouble.kind === 'signedOut') page.state = 'signedOut'
      else if (page.data || last) {
        page.oldAt = last?.at ?? page.oldAt ?? now()
        if (!page.data && last) {
          page.data = last.data
          options.then?.(last.data)
        }
        page.state = 'ready'
      } else page.state = 'failed'
    }
  }

  const page = reactive({ state: 'loading', data: null, oldAt: null, trouble: '', query: {}, load }) as Page<T>
  let isFirst = true
  onLoad((query) => {
    page.query = (query ?? {}) as Query
  })
  onShow(() => {
    isShown = true
    void (isFirst ? followDemoClock().then(() => page.load()) : page.load())
    isFirst = false
  })
  const leave = () => {
    isShown = false
    stop()
  }
  onHide(leave)
  onUnload(leave)
  return page
}
