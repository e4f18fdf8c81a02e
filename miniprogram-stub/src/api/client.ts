// Sends documents. What comes back is data, a refusal for the person, or a trouble that the page must tell.
import { apiAddress } from '@/lib/platform'
import type { Document } from './document'
import { accessToken, renew, signedOut } from './session'

/** Why there is no answer. `unknown`: it may have been carried out; only the same request with the same key may follow. */
export type TroubleKind = 'offline' | 'unknown' | 'signedOut' | 'forbidden' | 'busy' | 'fault'

export class Trouble extends Error {
  constructor(public kind: TroubleKind, message: string) {
    super(message)
  }
}

/** A refusal: a sentence for the person and a code for the page. */
export interface Refusal {
  code: string
  message: string
}

interface Answer {
  data?: Record<string, unknown> | null
  errors?: Array<{ message: string; extensions?: { code?: string } }>
}

function post(body: object, token: string | null): Promise<{ status: number; answer: Answer }> {
  return new Promise((done, failed) => {
    uni.request({
      url: apiAddress('/graphql'),
      method: 'POST',
      timeout: 15_000,
      header: { 'content-type': 'application/json', accept: 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      data: body,
      success: ({ statusCode, data }) => done({ status: statusCode, answer: (typeof data === 'object' ? data : {}) as Answer }),
      fail: ({ errMsg }) => failed(new Error(errMsg)),
    })
  })
}

async function exchange<D, V>(document: Document<D, V>, variables: V, isAct: boolean): Promise<{ code: string | null; data: D | null; message: string }> {
  const body = { operationName: document.name, variables, documentId: document.hash, ...(__SENDS_TEXT__ ? { query: document.text } : {}) }
  let reply
  try {
    reply = await post(body, await accessToken())
  } catch (error) {
    if (error instanceof Trouble) throw error
    const isLate = /timeout/i.test((error as Error).message)
    throw isAct
      ? new Trouble('unknown', `${isLate ? '等了很久没有回音' : '网络断了'}，不知道有没有办成。请不要重复提交，稍后核实。`)
      : new Trouble('offline', isLate ? '等了很久没有回音。' : '现在没有网络。')
  }
  const { status, answer } = reply
  const problem = answer.errors?.[0]
  if (!problem && answer.data) return { code: null, data: answer.data as D, message: '' }
  if (!problem && status >= 500 && isAct) throw new Trouble('unknown', '没有收到回音，不知道有没有办成。请稍后核实。')
  return { code: problem?.extensions?.code ?? 'INTERNAL', data: null, message: problem?.message ?? '' }
}

async function send<D, V>(document: Document<D, V>, variables: V, isAct: boolean): Promise<D> {
  let result = await exchange(document, variables, isAct)
  if (result.code === 'UNAUTHENTICATED' && (await renew())) result = await exchange(document, variables, isAct)
  if (result.data) return result.data
  switch (result.code) {
    case 'UNAUTHENTICATED':
      signedOut()
      throw new Trouble('signedOut', '请先登录。')
    case 'FORBIDDEN':
      throw new Trouble('forbidden', '您的身份不能看这一页。')
    case 'RATE_LIMITED':
    case 'TIMEOUT':
      throw new Trouble('busy', '现在人多，请稍等再试。')
    case 'BAD_REQUEST':
      // Pages ask with what stands in their address.
      throw new Trouble('fault', isAct ? '这样提交不了，请检查填的内容。' : '没有找到：地址可能不完整，或者这一页要更新，请重新打开。')
    default:
      throw new Trouble('fault', '系统出了点问题，请稍后再试。')
  }
}

/** Reads. */
export const ask = <D, V>(document: Document<D, V>, variables: V): Promise<D> => send(document, variables, false)

type Payload = { userErrors: Array<{ code: string; message: string }> }
type PayloadOf<D> = D[keyof D] extends infer P ? P : never

/** Acts: the mutation's only root field, and the refusal when there is one. */
export async function act<D, V>(document: Document<D, V>, variables: V): Promise<{ done: PayloadOf<D>; refusal: Refusal | null }> {
  const data = await send(document, variables, true)
  const payload = Object.values(data as object)[0] as PayloadOf<D>
  return { done: payload, refusal: (payload as unknown as Payload).userErrors[0] ?? null }
}
