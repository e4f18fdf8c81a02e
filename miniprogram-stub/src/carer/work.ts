import type { VisitWork } from '@/api/gen/carer'
import { now } from '@/lib/clock'
import { keep, kept } from '@/lib/storage'
import { word } from '@/lib/words'

/** Said yes to. */
export const isMine = (order: VisitWork): boolean => order.myPart?.isAccepted ?? false

/** Asked, not answered. */
export const isAsked = (order: VisitWork): boolean => order.myPart?.isAccepted === false

type Own = Pick<VisitWork, 'id' | 'startsAt' | 'endsAt' | 'serviceCode'>
/** What was his when he looked last and is no longer, though it was still to come: the API does not list it any more. */
export function lostVisits(visits: VisitWork[]): Own[] {
  const mine = visits.filter(isMine)
  const lost = (kept<Own[]>('own') ?? []).filter((one) => Date.parse(one.endsAt) > now() && !mine.some(({ id }) => id === one.id))
  // Who is at the door or later loses nothing by a family that confirms early.
  const open = mine.filter(({ state }) => ['OFFERED', 'ACCEPTED', 'EN_ROUTE'].includes(state))
  keep('own', [...open.map(({ id, startsAt, endsAt, serviceCode }) => ({ id, startsAt, endsAt, serviceCode })), ...lost])
  return lost
}
/** He knows, or has called it off himself. */
export const dropOwn = (id: string): void => keep('own', (kept<Own[]>('own') ?? []).filter((one) => one.id !== id))

/** How a visit stands, for who carries it out: the same states are told to families in other words. */
export const stateName = (state: string, order: VisitWork): string => ({ DONE: '做完了，等家人确认', PAID: '时间改了，正在重新找人', OFFERED: isMine(order) ? '您接了，还在等同事' : '时间改了，要您重新接单' })[state] ?? word('ServiceOrderState', state)

/** How far the home is, in words: the contract tells it in steps of half a kilometre. */
export const far = (order: VisitWork): string => {
  const metres = order.myPart?.distanceMetres ?? null
  return metres === null ? '' : `${metres / 1000} 公里以内`
}

/** What the service asks for, in words. */
export function needs(order: VisitWork): string {
  const parts = [order.carersNeeded > 1 ? `${order.carersNeeded} 人同去` : '一人', order.serviceCode === 'bathing_help' ? '需助浴或护理员证书' : '']
  return parts.filter(Boolean).join(' · ')
}
