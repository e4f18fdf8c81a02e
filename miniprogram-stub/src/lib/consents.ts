// An elder's consents, purpose by purpose. The contract names the purposes and their texts but does not tell yet what
// stands: this phone remembers what it has done itself. When the contract lists them, only this file changes.
import { act, ask } from '@/api/client'
import { ConsentBack, ConsentGive, ConsentRead, type ConsentReadData } from '@/api/gen/documents'
import type { ConsentPurpose } from '@/api/gen/schema'
import type { Doing } from './act'
import { now } from './clock'
import { requestKey, settled } from './keys'
import { keep, kept } from './storage'
import { words } from './words'

export interface Standing {
  purpose: ConsentPurpose
  name: string
  /** The last word given on this phone; null when nothing is known here. */
  isGiven: boolean | null
  /** Since when. */
  at: string | null
  /** A yes stands until then. */
  untilAt: string | null
}
export type ConsentText = NonNullable<ConsentReadData['consentText']>
/** At the desk: where the paper lies. */
export interface Paper {
  paperReference: string
  paperSignedAs: 'ELDER' | 'GUARDIAN'
}

const storedAs = (elderId: string) => `consents.${elderId}`
type Known = Partial<Record<ConsentPurpose, { isGiven: boolean; at: string; untilAt: string | null }>>

/** Every purpose of the contract with what is known of it. */
export function consentsOf(elderId: string): Standing[] {
  const known = kept<Known>(storedAs(elderId)) ?? {}
  return (Object.entries(words.ConsentPurpose) as Array<[ConsentPurpose, string]>).map(([purpose, name]) => {
    const last = known[purpose]
    const isOver = last?.isGiven === true && last.untilAt !== null && Date.parse(last.untilAt) < now()
    return { purpose, name, isGiven: last && !isOver ? last.isGiven : null, at: last?.at ?? null, untilAt: last?.untilAt ?? null }
  })
}

function remember(elderId: string, purpose: ConsentPurpose, isGiven: boolean, untilAt: string | null): void {
  keep(storedAs(elderId), { ...kept<Known>(storedAs(elderId)), [purpose]: { isGiven, at: new Date(now()).toISOString(), untilAt } })
}

export const readText = async (purpose: ConsentPurpose): Promise<ConsentText | null> => (await ask(ConsentRead, { purpose })).consentText

/** Says yes to a text that was shown whole. */
export async function sayYes(doing: Doing, elderId: string, text: ConsentText, paper: Paper | null): Promise<boolean> {
  const content = { elderId, purpose: text.purpose, textHash: text.textHash, textVersion: text.version, ...paper }
  const done = await doing.run('yes', () => act(ConsentGive, { input: { ...content, requestKey: requestKey('consent', content) } }))
  if (done || !doing.code.startsWith('TROUBLE')) settled('consent')
  if (done?.consent) remember(elderId, text.purpose, true, done.consent.validUntilAt)
  return done !== null
}

/** Takes a yes back, or says no: as easy as yes, without a reason. */
export async function sayNo(doing: Doing, elderId: string, purpose: ConsentPurpose, paper: Paper | null): Promise<boolean> {
  const done = await doing.run('no', () => act(ConsentBack, { input: { elderId, purpose, ...paper } }))
  if (done) remember(elderId, purpose, false, null)
  return done !== null
}
