// What an elder is entitled to, in short sentences and in words.
import type { Right } from '@/api/gen/rights'
import { spoken, yuanInWords } from '@/lib/money'
import { word } from '@/lib/words'

const sum = (count: number): string => (count === 2 ? '两' : spoken(count))

/** Figures of a text as people say them: 80—89 is 八十到八十九. */
export const inWords = (text: string): string => text
  .replace(/(\d)\s*[—–~-]\s*(?=\d)/g, '$1到').replace(/(\d)\+/g, '$1以上').replace(/(\d+)%/g, '百分之$1')
  .replace(/(\d+)(?:\.(\d+))?/g, (_, whole: string, part?: string) => `${spoken(Number(whole))}${part ? `点${[...part].map((digit) => spoken(Number(digit))).join('')}` : ''}`)

/** Sentences of a longer text. */
export const sentences = (text: string): string[] => inWords(text).split(/(?<=[。；])/).map((one) => one.trim()).filter(Boolean)

const isToDo = (right: Right): boolean => right.isAppliedFor && !right.isEnrolled

/** What he is entitled to: what still has to be done first. */
export const entitled = (rights: Right[]): Right[] => rights.filter((right) => right.outcome === 'ENTITLED').sort((one, other) => Number(isToDo(other)) - Number(isToDo(one)))

/** One of so many, counted from nothing. */
export function sayRight(right: Right, at: number, count: number): string[] {
  const amount = right.amountFen === null ? [] : [`${word('EntitlementPer', right.per)}${right.isLeast ? '至少' : ''}${yuanInWords(right.amountFen)}。`]
  const standing = right.isEnrolled ? '您已经在享受了。' : right.isAppliedFor ? '您可以享受，还没有办。' : '您可以享受，不用申请。'
  return [standing, ...amount, ...(count > 1 ? [`这是第${spoken(at + 1)}样，一共${sum(count)}样。`] : [])]
}

/** What to say on the telephone. */
export const sayToFamily = (right: Right | null): string[] => (right
  ? ['打电话时这样说：', `“我可以享受${inWords(right.name)}。`, isToDo(right) ? '请帮我去办。”' : '请帮我看看。”']
  : ['打电话时这样说：', '“我的资料没有登记全。', '请帮我到社区补上。”'])

/** When there is nothing that he is certainly entitled to. */
export function sayNothing(rights: Right[]): string[] {
  const open = rights.filter((right) => right.outcome === 'UNDECIDED').length
  if (!rights.length) return ['现在看不到。', '请用您自己的手机看。']
  return open ? [`有${sum(open)}样还定不下来。`, '您的资料没有登记全。', '请家人或社区帮您补上。'] : ['每一样都看过了。', '情况变了，再来看。']
}
