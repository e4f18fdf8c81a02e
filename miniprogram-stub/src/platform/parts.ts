import type { PaymentStartData } from '@/api/gen/documents'

export type PayParams = NonNullable<PaymentStartData['paymentStart']['params']>
/** How a payment sheet ended, as far as the phone knows. `left`: the page goes away and comes back. */
export type Paid = 'ok' | 'cancel' | 'unknown' | 'left'

export interface Tokens {
  accessToken: string
  accessTokenSeconds: number
  refreshToken: string
}
