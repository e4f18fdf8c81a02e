import type { VisitWork } from '@/api/gen/carer'

/** Said yes to: the home is told to nobody else. */
export const isMine = (order: VisitWork): boolean => order.home !== null

/** Asked, not answered. */
export const isAsked = (order: VisitWork): boolean => !isMine(order) && ['PAID', 'OFFERED'].includes(order.state)

/** What the service asks for, in words. */
export function needs(order: VisitWork): string {
  const parts = [order.carersNeeded > 1 ? `${order.carersNeeded} 人同去` : '一人', order.serviceCode === 'bathing_help' ? '需助浴或护理员证书' : '']
  return parts.filter(Boolean).join(' · ')
}
