// What the kitchen's pages share.
import type { SellLookData } from '@/api/gen/canteen'
import type { MealPeriod } from '@/api/gen/schema'
import { now, timeOf } from '@/lib/clock'
import { keep, kept } from '@/lib/storage'

/** The meal that the kitchen works on now. */
export function currentPeriod(): MealPeriod {
  const time = timeOf(now())
  if (time < '09:00') return 'BREAKFAST'
  return time < '14:00' ? 'LUNCH' : 'DINNER'
}

export type SellSlot = SellLookData['myMealSlots']['nodes'][number]

/** The contract lists only slots that still take orders, and walk-ins come later: the menus are kept when they are seen. */
export function rememberMenus(slots: SellSlot[]): SellSlot[] {
  const known = new Map((kept<SellSlot[]>('menus') ?? []).filter((slot) => Date.parse(slot.endsAt) > now()).map((slot) => [slot.id, slot]))
  for (const slot of slots) known.set(slot.id, slot)
  const all = [...known.values()].sort((one, other) => one.startsAt.localeCompare(other.startsAt))
  keep('menus', all)
  return all
}
