// What elder pages say: short sentences, times and money in words.
import type { ElderHomeData } from '@/api/gen/elder'
import type { MealFull, VisitFull } from '@/api/gen/documents'
import { keep, kept } from './storage'
import { now, timeInWords, whenInWords } from './clock'
import { chosenElder } from './chosen'
import { spoken, yuanInWords } from './money'
import { serviceName, word } from './words'
import type { Sent } from './sent'

export const MEAL_NAMES: Record<string, string> = { BREAKFAST: '早饭', LUNCH: '午饭', DINNER: '晚饭' }

/** Names without what only the demo adds, and without what is written in brackets. */
export const plain = (name: string): string => name.replace(/（[^）]*）/g, '')

/** Who the pages are for: the person himself, or the elder for whom a relative holds the phone. */
export function meOf<E extends { id: string; isMe: boolean }>(data: { viewer: { elders: { nodes: E[] } } } | null): E | null {
  const elders = data?.viewer.elders.nodes ?? []
  return elders.find((one) => one.isMe) ?? elders.find((one) => one.id === chosenElder()?.id) ?? elders[0] ?? null
}

/** The screen while something was sent without an answer, and when it is known that it did not arrive. */
export function notAnswered(sent: Sent<object>): { title: string; said: string[]; choices: Array<{ key: string; text: string; kind?: 'plain' }> } {
  const about = sent.now?.about ?? ''
  switch (sent.became) {
    case 'coming': return { title: '还在路上', said: ['刚才订的，还没有到。', about, '正在接着看。'], choices: [{ key: 'verify', text: '看订上没有' }, { key: 'home', text: '等一等再看', kind: 'plain' }] }
    case 'none': return { title: '没有订上', said: ['刚才订的，没有订上。', about], choices: [{ key: 'place', text: '还要，再订一次' }, { key: 'drop', text: '不要了', kind: 'plain' }] }
    default: return { title: '没有收到回音', said: ['刚才订的，不知道订上没有。', about, '请点一下看一看，不会重复订。'], choices: [{ key: 'verify', text: '看订上没有' }, { key: 'home', text: '等一等再看', kind: 'plain' }] }
  }
}

const HOUR = 3_600_000
const MEAL_OPEN = ['HELD', 'CONFIRMED', 'LOCKED', 'READY', 'OUT_FOR_DELIVERY']
const VISIT_OPEN = ['SLOT_HELD', 'PAID', 'OFFERED', 'ACCEPTED', 'EN_ROUTE', 'CHECKED_IN', 'DONE']
export const isOpenMeal = (order: MealFull): boolean => MEAL_OPEN.includes(order.state)
export const isOpenVisit = (order: VisitFull): boolean => VISIT_OPEN.includes(order.state)

const WAYS: Record<string, string> = { DELIVERY: '送到家里', DINE_IN: '到食堂吃', PICK_UP: '去食堂拿' }

/** What became of an order whose time to pay ran out. */
export const NOT_PAID = '没有付钱，没有订上'

/** Why it is not coming, and what goes back. */
function overStanding(order: MealFull | VisitFull): string {
  if (order.state === 'EXPIRED') return NOT_PAID
  if (order.state === 'NO_SHOW') return '没有来取'
  if (order.state === 'DISPUTED') return '有人在核实'
  const back = order.refunds.reduce((sum, one) => sum + one.amountFen, 0)
  const why = order.timeline.some((event) => event.name === 'nobody_found') ? '没有找到师傅，取消了' : order.state === 'UNDELIVERED' ? '没有送到' : '已经取消了'
  return back ? `${why}，${yuanInWords(back)}退给付钱的人` : why
}

/** Ended by others less than a day ago, while it was still to come: the elder who waits for it is told. */
function isLost(order: MealFull | VisitFull): boolean {
  const last = order.timeline[order.timeline.length - 1]
  return ['CANCELLED', 'EXPIRED', 'REFUNDED'].includes(order.state) && Date.parse(order.startsAt) > now() - 3 * HOUR
    && last !== undefined && Date.parse(last.happenedAt) > now() - 24 * HOUR && !order.timeline.some((event) => event.name === 'cancel')
}

/** What is still to come or has just been: a visit that nobody has ended does not hide those of today. */
const isNear = (order: VisitFull): boolean => isOpenVisit(order) && Date.parse(order.endsAt) > now() - (order.state === 'DONE' ? 24 : 3) * HOUR

export function mealStanding(order: MealFull): string {
  switch (order.state) {
    case 'HELD': return `等家人付${yuanInWords(order.dueFen)}`
    case 'CONFIRMED': case 'LOCKED': return '订好了'
    case 'READY': return '饭做好了'
    case 'OUT_FOR_DELIVERY': return '正在送来'
    case 'SERVED': return '已经吃过了'
    default: return overStanding(order)
  }
}

function visitStanding(order: VisitFull): string {
  const name = plain(order.carers[0]?.name ?? '师傅')
  switch (order.state) {
    case 'SLOT_HELD': return `等家人付${yuanInWords(order.dueFen)}`
    case 'PAID': case 'OFFERED': return '正在找师傅'
    case 'ACCEPTED': return `${name}会来`
    case 'EN_ROUTE': return `${name}在路上了`
    case 'CHECKED_IN': return `${name}正在做`
    case 'DONE': return '做完了'
    case 'CONFIRMED': case 'SETTLED': return '做好了'
    default: return overStanding(order)
  }
}

/** Until when to come. */
export const lastCall = (endsAt: string): string => `最晚${timeInWords(endsAt)}来。`

/** A meal in sentences. */
export const sayMeal = (order: MealFull): string[] => [
  `${whenInWords(order.startsAt)}，${MEAL_NAMES[order.period]}`,
  `${plain(order.canteen.name)}，${WAYS[order.way]}`,
  ...order.items.map((item) => `${plain(item.name)}${item.quantity > 1 ? `，${item.quantity}份` : ''}`),
  `${mealStanding(order)}。`,
  // Not in pages that an earlier build kept.
  ...(order.endsAt && order.way !== 'DELIVERY' && ['CONFIRMED', 'LOCKED', 'READY'].includes(order.state) ? [lastCall(order.endsAt)] : []),
]

/** A visit in sentences. */
export const sayVisit = (order: VisitFull): string[] => [
  `${whenInWords(order.startsAt)}`,
  `${serviceName(order.serviceCode)}`,
  `${visitStanding(order)}。`,
]

/** Who is on the way to the door, what is certain, what waits for money, what others called off; last what nobody paid. */
const LATER = [['HELD', 'SLOT_HELD'], ['CANCELLED', 'REFUNDED'], ['EXPIRED']]
const rankOf = ({ state }: MealFull | VisitFull): number => (state === 'EN_ROUTE' ? -1 : LATER.findIndex((states) => states.includes(state)) + 1)

export interface Next {
  text: string
  at: string
  code: string
  /** When to say the code, and to whom. */
  codeName: string
  rank: number
}

/** What tells an open meal from others served at the same time: its dishes, or which of equal ones it is. */
export function apart(order: MealFull, meals: MealFull[]): string {
  const dishes = (one: MealFull) => one.items.map((item) => plain(item.name)).join('，')
  const twins = meals.filter((one) => isOpenMeal(one) && one.startsAt === order.startsAt)
  if (twins.length < 2 || !twins.includes(order)) return ''
  return `，${twins.filter((one) => dishes(one) === dishes(order)).length > 1 ? `第${spoken(twins.indexOf(order) + 1)}份` : dishes(order)}`
}

function nextMeal(order: MealFull, meals: MealFull[]): Next {
  const hasCode = order.way !== 'DELIVERY' && isOpenMeal(order) && order.state !== 'HELD'
  return { rank: rankOf(order), at: order.startsAt, text: `${whenInWords(order.startsAt)}，${MEAL_NAMES[order.period]}${apart(order, meals)}，${mealStanding(order)}。`, code: hasCode ? (order.servingCode ?? '') : '', codeName: '取饭时，报这个码' }
}

function nextVisit(order: VisitFull): Next {
  const hasCode = ['ACCEPTED', 'EN_ROUTE'].includes(order.state)
  return { rank: rankOf(order), at: order.startsAt, text: `${whenInWords(order.startsAt)}，${serviceName(order.serviceCode)}，${visitStanding(order)}。`, code: hasCode ? (order.visitCode ?? '') : '', codeName: order.state === 'EN_ROUTE' ? '师傅到门口，报这个码' : '师傅来时，报这个码' }
}

/** What is next, each in one sentence and none twice, at most two. What nobody paid is told only when there is nothing else. */
export function nextSentences(data: ElderHomeData | null): Next[] {
  const meals = (data?.mealOrders.nodes ?? []).filter((order) => (isOpenMeal(order) && Date.parse(order.startsAt) > now() - 3 * HOUR) || isLost(order))
  const visits = (data?.serviceOrders.nodes ?? []).filter((order) => isNear(order) || isLost(order))
  const all = [...meals.map((order) => nextMeal(order, meals)), ...visits.map(nextVisit)].sort((one, other) => one.rank - other.rank || one.at.localeCompare(other.at))
  const dead = LATER.length
  return all.filter((one, at) => (one.rank < dead || all[0]?.rank === dead) && all.findIndex(({ text }) => text === one.text) === at).slice(0, 2)
}

/** Numbers of the family: those written down on this phone, and those that the bound have given. Kept, for calling without network. */
export interface Contact {
  name: string
  phone: string
}
export const ownContacts = (): Contact[] => kept<Contact[]>('contacts') ?? []
export function contacts(): Contact[] {
  const own = ownContacts()
  return [...own, ...(kept<Contact[]>('contacts.family') ?? []).filter((one) => !own.some(({ phone }) => phone === one.phone))]
}
/** Keeps the numbers of those who are bound to the elder. */
export function rememberFamily(data: ElderHomeData): void {
  keep('contacts.family', (meOf(data)?.bonds ?? []).flatMap(({ relation, phone }) => (phone ? [{ name: word('Relation', relation), phone }] : [])))
}
