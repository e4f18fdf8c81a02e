import type { PaymentStartData } from '@/api/gen/documents'
import type { SubscriptionChoice } from '@/api/gen/schema'

export type PayParams = NonNullable<PaymentStartData['paymentStart']['params']>
/** How a payment sheet ended, as far as the phone knows. `left`: the page goes away and comes back. */
export type Paid = 'ok' | 'cancel' | 'unknown' | 'left'

/** A carer of the demo who has something to do. */
export interface Wanted {
  name: string
  isAsked: boolean
}

export interface Tokens {
  accessToken: string
  accessTokenSeconds: number
  refreshToken: string
}

/** What a person said to one template of WeChat's messages. */
export interface ReminderAnswer {
  template: string
  choice: SubscriptionChoice
}

/** WeChat's words for each template that it asked about; what it filtered out was not asked. */
export function answersOf(said: Record<string, unknown>, templates: string[]): ReminderAnswer[] {
  return templates.flatMap((template): ReminderAnswer[] => {
    const word = String(said[template] ?? '')
    if (word.startsWith('accept')) return [{ template, choice: 'ACCEPT' }]
    if (word === 'reject') return [{ template, choice: 'REJECT' }]
    return word === 'ban' ? [{ template, choice: 'BAN' }] : []
  })
}
