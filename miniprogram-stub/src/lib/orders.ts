// Orders of both kinds on one list: what is next for the family, and where to read on.
import type { MealCard, VisitCard } from '@/api/gen/documents'
import { now, when } from './clock'
import { kept } from './storage'
import { serviceName, word } from './words'

export interface OrderLine {
  id: string
  title: string
  /** Dishes, or who comes. */
  what: string
  at: string
  when: string
  elderName: string
  state: string
  /** What the family can do next; null when nothing waits for it. */
  next: string | null
  isOver: boolean
  url: string
  dueFen: number
}

const MEAL_OVER = ['CANCELLED', 'EXPIRED', 'NO_SHOW', 'UNDELIVERED', 'SERVED']
const VISIT_OVER = ['CANCELLED', 'EXPIRED', 'REFUNDED', 'CONFIRMED', 'SETTLED']

export function mealLine(order: MealCard): OrderLine {
  return {
    id: order.id,
    title: word('MealPeriod', order.period),
    what: [order.items.map((item) => `${item.name}${item.quantity > 1 ? ` ${item.quantity} 份` : ''}`).join('、'), word('MealWay', order.way)].filter(Boolean).join('，'),
    at: order.startsAt,
    when: when(order.startsAt),
    elderName: order.elder.name,
    state: word('MealOrderState', order.state),
    next: order.state === 'HELD' ? '去付款' : null,
    isOver: MEAL_OVER.includes(order.state),
    url: `/pages/meal/order?id=${order.id}`,
    dueFen: order.dueFen,
  }
}

export function visitLine(order: VisitCard): OrderLine {
  const next = order.choiceEndsAt ? '换人还是退款' : order.state === 'SLOT_HELD' ? '去付款' : order.state === 'DONE' ? '请确认' : null
  return {
    id: order.id,
    title: serviceName(order.serviceCode),
    what: order.carers.map((one) => one.name).join('、'),
    at: order.startsAt,
    when: when(order.startsAt),
    elderName: order.elder.name,
    state: word('ServiceOrderState', order.state),
    next,
    isOver: VISIT_OVER.includes(order.state),
    url: `/pages/visit/order?id=${order.id}`,
    dueFen: order.dueFen,
  }
}

type Followed = VisitCard & { timeline?: Array<{ name: string }> }
/** Nobody was found for it. Pages kept by an earlier build do not tell. */
export const isUnfound = (order: Followed): boolean => order.timeline?.some(({ name }) => name === 'nobody_found') ?? false
/** Called off because nobody was found, the newest first: told until somebody has looked at it, or has booked the same again. */
export const unfoundVisits = <O extends Followed>(orders: O[]): O[] => orders.filter((order, at) => isUnfound(order) && Date.parse(order.startsAt) > now() - 7 * 86_400_000 && !kept(`looked.${order.id}`)
  && !orders.slice(0, at).some((later) => later.elder.id === order.elder.id && later.serviceCode === order.serviceCode && !['CANCELLED', 'EXPIRED'].includes(later.state)))

interface Told {
  state: string
  timeline: Array<{ name: string }>
  elder: { isMe: boolean; myScopes: string[] }
}
/** Whether the reader can pay. Pages kept by an earlier build do not tell. */
export const mayPay = ({ elder }: Told): boolean => elder.myScopes?.includes('PAY') ?? true
/** It did not come about, and the reader may book another. Pages kept by an earlier build do not tell. */
export const mayBookAgain = ({ state, elder }: Told, isByDesk: boolean): boolean => ['CANCELLED', 'EXPIRED'].includes(state) && (isByDesk || (elder.myScopes?.includes('BOOK') ?? false))
/** That somebody is asked to pay, as the reader sees it. */
export const askedWord = (order: Told, isByDesk: boolean): string => (isByDesk || order.elder.isMe ? '已经请家人付款' : mayPay(order) ? '请您付款' : '等家人付款')
/** Before the sum: who is to pay while it waits, then whether it was paid. By whom the API does not tell. */
export const dueName = (order: Told, isByDesk: boolean): string =>
  /HELD/.test(order.state) ? (isByDesk || !mayPay(order) ? '家人付' : '您付') : /EXP|CANC/.test(order.state) && !order.timeline.some(({ name }) => /^pay_ok|^nothing|^paid/.test(name)) ? '没有付' : '已付'

/** Both lists: what waits for the person first, then by time. `toRate` are the orders that nobody has rated yet. */
export function lines(meals: MealCard[], visits: VisitCard[], toRate: string[] = []): OrderLine[] {
  const all = [...meals.map(mealLine), ...visits.map(visitLine)]
    .map((line) => (line.isOver && toRate.includes(line.id) ? { ...line, next: '去评价' } : line))
  const rank = (line: OrderLine) => (line.isOver ? 2 : line.next ? 0 : 1)
  return all.sort((one, other) => rank(one) - rank(other) || (rank(one) === 2 ? other.at.localeCompare(one.at) : one.at.localeCompare(other.at)))
}
