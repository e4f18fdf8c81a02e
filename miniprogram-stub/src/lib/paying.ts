// Paying: one way for every page. Nothing here ever charges twice: the API keeps one open payment per order.
import { act } from '@/api/client'
import { PaymentCheck, PaymentStart } from '@/api/gen/documents'
import type { Doing } from './act'
import { pay, type Paid } from './platform'

/** Opens the payment sheet of an order; `back` is where the person is afterwards. */
export async function startPaying(doing: Doing, orderId: string, back: string): Promise<Paid | null> {
  const done = await doing.run('pay', () => act(PaymentStart, { input: { orderId } }))
  // Only the sheet takes money, and it did not open.
  if (doing.code === 'TROUBLE_unknown') doing.refusal = '没有收到回音，付款页没有打开，钱没有付。请再按一次。'
  return done?.params ? pay(done.params, back) : null
}

/** Asks whether the money has arrived, a few times. */
export async function isSettled(orderId: string, tries = 4): Promise<boolean> {
  for (let at = 0; at < tries; at += 1) {
    const answer = await act(PaymentCheck, { input: { orderId } }).catch(() => null)
    if (answer?.done.payment?.isSettled) return true
    await new Promise((done) => setTimeout(done, 1200))
  }
  return false
}
