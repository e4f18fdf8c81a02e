// Who is signed in. Signing in asks the person nothing: WeChat knows him; in the demo the window's address does.
import { ref } from 'vue'
import { apiAddress, demoTokens, loginCode } from '@/lib/platform'
import { setNow } from '@/lib/clock'
import { forgetAll, keep, kept } from '@/lib/storage'
import { seat } from '@/lib/platform'
import { SessionEnd, SessionRefresh, SessionStart } from './gen/documents'
import type { Document } from './document'

interface Tokens {
  accessToken: string
  accessTokenSeconds: number
  refreshToken: string
}

/** Whether somebody is signed in, as far as is known. */
export const isSignedOut = ref(false)
let under: Promise<boolean> | null = null

const keepTokens = (tokens: Tokens): boolean => {
  keep('tokens', tokens)
  isSignedOut.value = false
  return true
}

function post<D, V>(document: Document<D, V>, variables: V): Promise<D | null> {
  return new Promise((done, failed) => {
    uni.request({
      url: apiAddress('/graphql'),
      method: 'POST',
      header: { 'content-type': 'application/json', accept: 'application/json', ...bearer() },
      data: { operationName: document.name, variables: variables as object, documentId: document.hash, ...(__SENDS_TEXT__ ? { query: document.text } : {}) },
      success: ({ data }) => done(((data as { data?: D }).data ?? null) as D | null),
      fail: ({ errMsg }) => failed(new Error(errMsg)),
    })
  })
}

const bearer = () => {
  const tokens = kept<Tokens>('tokens')
  return tokens ? { authorization: `Bearer ${tokens.accessToken}` } : {}
}

async function refresh(): Promise<boolean> {
  const tokens = kept<Tokens>('tokens')
  if (!tokens) return false
  keep('tokens', null)
  const answer = await post(SessionRefresh, { input: { refreshToken: tokens.refreshToken } }).catch((error: unknown) => {
    keep('tokens', tokens)
    throw error
  })
  return answer?.sessionRefresh.tokens ? keepTokens(answer.sessionRefresh.tokens) : false
}

async function signInQuietly(): Promise<boolean> {
  const demo = await demoTokens()
  if (demo) return keepTokens(demo)
  const code = await loginCode()
  if (!code) return false
  const answer = await post(SessionStart, { input: { code } })
  return answer?.sessionStart.tokens ? keepTokens(answer.sessionStart.tokens) : false
}

/** Gets good tokens: by exchange, otherwise by signing in anew. Several askers share one try. */
export function renew(): Promise<boolean> {
  under ??= (async () => (await refresh()) || (!kept<boolean>('left') && (await signInQuietly())))().finally(() => {
    under = null
  })
  return under
}

/** The token to send; signs in when there is none and that needs no person. `null` for a guest. */
export async function accessToken(): Promise<string | null> {
  if (under) await under
  const tokens = kept<Tokens>('tokens')
  if (tokens) return tokens.accessToken
  if (isSignedOut.value || kept<boolean>('left')) return null
  if (await renew()) return kept<Tokens>('tokens')?.accessToken ?? null
  isSignedOut.value = true
  return null
}

/** Nobody is signed in any more. */
export function signedOut(): void {
  keep('tokens', null)
  isSignedOut.value = true
}

/** Signs in again after signing out. */
export async function signIn(): Promise<boolean> {
  keep('left', null)
  return renew()
}

/** Ends the session everywhere and forgets what was kept of this person. */
export async function signOut(): Promise<void> {
  await post(SessionEnd, {}).catch(() => null)
  forgetAll()
  keep('left', true)
  signedOut()
}

/** In the demo time can be moved, also from another window: pages wait until they know it. */
export async function followDemoClock(): Promise<void> {
  // #ifdef H5
  if (!seat()) return
  await fetch('/demo/clock')
    .then(async (answer) => {
      if (answer.ok) setNow((await answer.json()).now)
    })
    .catch(() => {})
  // #endif
}
