// For whom the person acts, and what a form holds before it is sent: both survive an interrupted visit.
import { forget, keep, kept } from './storage'

export interface ChosenElder {
  id: string
  name: string
  regionCode: string
  /** Set when the desk books by telephone. */
  isByDesk?: boolean
}

export const chosenElder = (): ChosenElder | null => kept<ChosenElder>('elder')
/** What was begun for another elder is not carried over: its note may tell what is nobody else's. */
export function chooseElder(elder: ChosenElder): void {
  if (chosenElder()?.id !== elder.id) {
    dropMealDraft()
    dropVisitDraft()
  }
  keep('elder', { id: elder.id, name: elder.name, regionCode: elder.regionCode, isByDesk: elder.isByDesk })
}

export interface MealDraft {
  canteenId: string
  canteenName: string
  slotId: string
  startsAt: string
  /** Serving ends; not in a draft that an earlier build kept. */
  endsAt?: string
  period: string
  way: 'DELIVERY' | 'DINE_IN' | 'PICK_UP'
  items: Array<{ dishId: string; name: string; isSmall: boolean; quantity: number; isMeal: boolean }>
  note: string
}

export interface VisitDraft {
  offeringId: string
  serviceCode: string
  content: string
  durationMinutes: number
  startsAt: string
  wishedSex: 'FEMALE' | 'MALE' | null
  note: string
  /** The order that is being moved; null for a new one. */
  movesOrderId: string | null
}

export const mealDraft = (): MealDraft | null => kept<MealDraft>('draft.meal')
export const keepMealDraft = (draft: MealDraft): void => keep('draft.meal', draft)
export const dropMealDraft = (): void => forget('draft.meal')
export const visitDraft = (): VisitDraft | null => kept<VisitDraft>('draft.visit')
export const keepVisitDraft = (draft: VisitDraft): void => keep('draft.visit', draft)
export const dropVisitDraft = (): void => forget('draft.visit')

/** The district in which desk and office work; the one of the demo before anybody chose. */
export const chosenDistrict = (): string => kept<string>('district') ?? '530111'
export const chooseDistrict = (code: string): void => keep('district', code)
