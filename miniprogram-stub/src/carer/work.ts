import type { VisitWork } from '@/api/gen/carer'

/** Said yes to. */
export const isMine = (order: VisitWork): boolean => order.myPart?.isAccepted ?? false

/** Asked, not answered. */
export const isAsked = (order: VisitWork): boolean => order.myPart?.isAccepted === false

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
