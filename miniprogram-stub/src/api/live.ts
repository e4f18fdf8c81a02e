// Live updates: graphql-ws over uni.connectSocket; asks again and again, ever more slowly, when no socket comes about.
import { createClient, type Client } from 'graphql-ws/client'
import { isLookedAt, socketAddress } from '@/lib/platform'
import type { Document } from './document'
import { accessToken, followDemoClock } from './session'

/** What graphql-ws needs of WebSocket, over uni's sockets. */
class UniSocket {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readyState = UniSocket.CONNECTING
  protocol = 'graphql-transport-ws'
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onerror: ((event: unknown) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  private task: UniNamespace.SocketTask

  constructor(url: string, protocols: string | string[]) {
    // Only with a callback does uni give the task back.
    this.task = uni.connectSocket({ url, protocols: [protocols].flat(), complete: () => {} }) as unknown as UniNamespace.SocketTask
    this.task.onOpen(() => {
      this.readyState = UniSocket.OPEN
      this.onopen?.()
    })
    this.task.onMessage(({ data }) => this.onmessage?.({ data }))
    this.task.onError((event) => this.onerror?.(event))
    this.task.onClose((event: unknown) => {
      const { code = 1006, reason = '' } = (event ?? {}) as { code?: number; reason?: string }
      this.readyState = UniSocket.CLOSED
      this.onclose?.({ code, reason })
    })
  }

  send(data: string): void {
    this.task.send({ data })
  }

  close(code = 1000, reason = ''): void {
    this.readyState = UniSocket.CLOSING
    this.task.close({ code, reason })
  }
}

let client: Client | null = null

function line(): Client {
  client ??= createClient({
    url: socketAddress('/graphql/ws'),
    webSocketImpl: UniSocket,
    lazy: true,
    lazyCloseTimeout: 500,
    keepAlive: 20_000,
    retryAttempts: 2,
    shouldRetry: () => true,
    connectionParams: async () => ({ token: await accessToken() }),
  })
  return client
}

/** Seconds between two questions when there is no socket. */
const PATIENCE_S = [5, 15, 30]

export interface Live {
  stop(): void
}

/** Looks again and again, ever more slowly, and soon again after `look` found something new. Not while nobody looks. */
export function patiently(look: () => Promise<unknown>, patience_s = PATIENCE_S): Live {
  let isOver = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = (tries: number) => {
    if (isOver) return
    timer = setTimeout(() => {
      const found = isLookedAt() ? look().catch(() => false) : Promise.resolve(true)
      void found.then((isNew) => wait(isNew === true ? 0 : tries + 1))
    }, patience_s[Math.min(tries, patience_s.length - 1)]! * 1000)
  }
  wait(0)
  return {
    stop() {
      isOver = true
      clearTimeout(timer)
    },
  }
}

/** Follows something: `tell` gets each new state, `look` is called when there is no socket. Stop it when the page hides. */
export function follow<D, V extends Record<string, unknown>>(document: Document<D, V>, variables: V, tell: (data: D) => void, look: () => Promise<unknown>): Live {
  let isOver = false
  let polling: Live | null = null
  const poll = () => {
    if (!isOver) polling ??= patiently(() => look().then(() => false))
  }
  const extensions = { documentId: document.hash }
  const end = line().subscribe<D>({ operationName: document.name, query: __SENDS_TEXT__ ? document.text : '', variables, extensions }, {
    next: ({ data }) => data && !isOver && tell(data),
    error: poll,
    complete: poll,
  })
  return {
    stop() {
      isOver = true
      polling?.stop()
      end()
    },
  }
}

/** Loads a page again and again while it is looked at, and sooner after something changed. */
export function freshly(page: { data: unknown; load(): Promise<void> }, patience_s = [5, 5, 10, 15]): Live {
  return patiently(async () => {
    const before = JSON.stringify(page.data)
    await Promise.all([followDemoClock(), page.load()])
    return JSON.stringify(page.data) !== before
  }, patience_s)
}
