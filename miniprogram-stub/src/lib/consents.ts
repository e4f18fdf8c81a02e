// An elder's consents, purpose by purpose, as the house knows them; and saying yes or no to one.
import { act, ask } from '@/api/client'
import { ConsentBack, ConsentGive, ConsentNo, Consents, type ConsentsData } from '@/api/gen/documents'
import type { Doing } from './act'
import { requestKey, settled } from './keys'

export type Consent = ConsentsData['consents'][number]
/** At the desk: where the paper lies. */
export interface Paper {
  paperReference: string
  paperSignedAs: 'ELDER' | 'GUARDIAN'
}

/** Every purpose with what stands about it; empty for those who may not know. */
export const consentsOf = async (elderId: string): Promise<Consent[]> => (await ask(Consents, { elderId })).consents

/** Says yes to a text that was shown whole. */
export async function sayYes(doing: Doing, elderId: string, { text }: Consent, paper: Paper | null): Promise<boolean> {
  const content = { elderId, purpose: text.purpose, textHash: text.textHash, textVersion: text.version, ...paper }
  const done = await doing.run('yes', () => act(ConsentGive, { input: { ...content, requestKey: requestKey('consent', content) } }))
  if (done || !doing.code.startsWith('TROUBLE')) settled('consent')
  return done !== null
}

/** Says no: as easy as yes, without a reason. Who may not say it for the elder can still take back a guardian's yes. */
export async function sayNo(doing: Doing, elderId: string, { purpose, standing, latest }: Consent, paper: Paper | null): Promise<boolean> {
  const input = { elderId, purpose, ...paper }
  if (await doing.run('no', () => act(ConsentNo, { input }))) return true
  if (doing.code !== 'ELDER_MUST_SIGN' || standing !== 'YES' || latest?.signedAs !== 'GUARDIAN') return false
  return (await doing.run('no', () => act(ConsentBack, { input }))) !== null
}
