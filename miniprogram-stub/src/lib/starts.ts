// When somebody can come, without the times at which the elder has the same service already: two of a family may not know
// of each other's orders.
import { ask } from '@/api/client'
import { VisitFirstStarts, VisitStarts } from '@/api/gen/documents'
import { dayOf } from './clock'

type Want = { elderId: string; offeringId: string; wishedSex?: 'FEMALE' | 'MALE' | null }
/** What is to be done, how long it takes, and which order is moved, if one is. */
type Visit = { serviceCode: string; durationMinutes: number; movesOrderId?: string | null }

export interface Free {
  /** Free start times of the day, the earliest first. */
  starts: string[]
  /** When the elder has this service on that day already. */
  booked: string[]
  /** Why nothing can be booked; empty when something can. */
  refusal: string
}

/** What is asked before anybody has chosen: the offering that is listed first. */
type First = { elderId: string; regionCode: string; serviceCode: string }

/** Reads one day for an elder; no visit: the API alone says what meets (items of bundles do not tell their service). Throws when the network does not answer. */
export async function freeStarts(want: Want | First, visitOn: string, of: Promise<Visit | undefined> | Visit | null): Promise<Free> {
  const asked = 'offeringId' in want ? ask(VisitStarts, { want, visitOn, elderId: want.elderId }) : ask(VisitFirstStarts, { ...want, visitOn })
  const [{ serviceStarts, serviceOrders }, visit] = await Promise.all([asked, of])
  const others = serviceOrders.nodes.filter((one) => one.serviceCode === visit?.serviceCode && one.id !== visit.movesOrderId && !['EXPIRED', 'CANCELLED', 'REFUNDED'].includes(one.state))
  const meets = (at: string) => others.some((one) => Date.parse(at) < Date.parse(one.endsAt) && Date.parse(at) + (visit?.durationMinutes ?? 0) * 60_000 > Date.parse(one.startsAt))
  return {
    starts: (serviceStarts.startsAt ?? []).filter((at) => !meets(at)),
    booked: others.map((one) => one.startsAt).filter((at) => dayOf(at) === visitOn).sort(),
    refusal: serviceStarts.userErrors[0]?.message ?? '',
  }
}
