// What a contract needs before it is sent, and how much of one is taken.
import { fenOf, yuan } from '@/lib/money'

export interface ContractForm {
  providerId: string
  programme: string
  regionCode: string
  year: string
  cap: string
  reference: string
}

/** The first thing that is wrong, as a sentence; empty when nothing is. `usedFen`: what orders have taken already. */
export function checked(form: ContractForm, usedFen: number): string {
  const capFen = fenOf(form.cap)
  if (!form.providerId) return '还要选一家机构。'
  if (!form.programme) return '还要选一项政策。'
  if (!form.regionCode) return '还要选管哪里的老人。'
  if (!form.year) return '还要选哪一年。'
  if (form.cap.trim() && capFen === null) return '上限写数字，最多两位小数，不写“元”。'
  if (!capFen) return '还要写上限，要比零多。'
  if (capFen < usedFen) return `已经用了 ${yuan(usedFen)}，上限不能比这个少。`
  return form.reference.trim() ? '' : '还要写合同文号。'
}

/** Taken part of a contract in whole percent, at most 100. */
export const share = ({ usedFen, capFen }: { usedFen: number; capFen: number }): number => (capFen > 0 ? Math.min(100, Math.floor((usedFen * 100) / capFen)) : 100)
