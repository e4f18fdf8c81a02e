// Times as people in Kunming read them. Asia/Shanghai has no summer time, so eight hours are always right;
// WeChat has no time zones of its own.
import { ref } from 'vue'
import { spoken } from './money'

const EIGHT_HOURS = 8 * 3_600_000
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']
const shift = ref(0)

/** Milliseconds since 1970, by the API's clock where it is known. */
export const now = (): number => Date.now() + shift.value

/** Tells what the API's clock shows. The demo's can be moved. */
export function setNow(at: string): void {
  shift.value = Date.parse(at) - Date.now()
}

const local = (at: string | number) => new Date((typeof at === 'number' ? at : Date.parse(at)) + EIGHT_HOURS)
const two = (number: number) => String(number).padStart(2, '0')

/** 2026-06-04 */
export const dayOf = (at: string | number): string => local(at).toISOString().slice(0, 10)
/** 09:30 */
export const timeOf = (at: string | number): string => local(at).toISOString().slice(11, 16)
/** The service day so many days from today. */
export const dayAhead = (days: number): string => dayOf(now() + days * 86_400_000)

/** 今天, 明天, 周三, 6月12日 */
export function dayName(day: string): string {
  const ahead = Math.round((Date.parse(day) - Date.parse(dayOf(now()))) / 86_400_000)
  if (ahead === 0) return '今天'
  if (ahead === 1) return '明天'
  if (ahead === 2) return '后天'
  if (ahead === -1) return '昨天'
  const at = new Date(Date.parse(day))
  const name = `${at.getUTCMonth() + 1}月${at.getUTCDate()}日`
  return ahead > 0 && ahead < 7 ? `${WEEKDAYS[at.getUTCDay()]} ${at.getUTCDate()}日` : name
}

/** A day for choosing: 明天, and below it the date. */
export function dayChoice(day: string): { value: string; title: string; under: string } {
  const ahead = Math.round((Date.parse(day) - Date.parse(dayOf(now()))) / 86_400_000)
  const at = new Date(Date.parse(day))
  return { value: day, title: ['今天', '明天', '后天'][ahead] ?? WEEKDAYS[at.getUTCDay()]!, under: `${at.getUTCMonth() + 1}月${at.getUTCDate()}日` }
}

/** 6月4日 周四 */
export function dateName(day: string): string {
  const at = new Date(Date.parse(day))
  return `${at.getUTCMonth() + 1}月${at.getUTCDate()}日 ${WEEKDAYS[at.getUTCDay()]}`
}

/** 2029年6月4日 */
export const fullDate = (day: string): string => `${day.slice(0, 4)}年${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`

/** 明天 11:00 */
export const when = (at: string): string => `${dayName(dayOf(at))} ${timeOf(at)}`

/** 6月4日 11:00, for records. */
export const moment = (at: string | number): string => `${local(at).getUTCMonth() + 1}月${local(at).getUTCDate()}日 ${timeOf(at)}`

function partOfDay(hour: number): string {
  if (hour < 6) return '清晨'
  if (hour < 12) return '上午'
  if (hour < 13) return '中午'
  return hour < 18 ? '下午' : '晚上'
}

/** 上午九点半, as elders say it. */
export function timeInWords(at: string | number): string {
  const [hour, minute] = [local(at).getUTCHours(), local(at).getUTCMinutes()]
  const said = hour > 12 ? hour - 12 : hour
  const rest = minute === 0 ? '' : minute === 30 ? '半' : minute === 15 ? '一刻' : minute === 45 ? '三刻' : `${spoken(minute)}分`
  return `${partOfDay(hour)}${said === 2 ? '两' : spoken(said)}点${rest}`
}

/** 六月四日 */
export function dateInWords(day: string): string {
  const at = new Date(Date.parse(day))
  return `${spoken(at.getUTCMonth() + 1)}月${spoken(at.getUTCDate())}日`
}

/** 明天, 星期三, 六月四日 */
export function dayInWords(day: string): string {
  const ahead = Math.round((Date.parse(day) - Date.parse(dayOf(now()))) / 86_400_000)
  const near = ['今天', '明天', '后天'][ahead]
  if (near) return near
  if (ahead > 0 && ahead < 7) return `星期${'日一二三四五六'[new Date(Date.parse(day)).getUTCDay()]}`
  return dateInWords(day)
}

/** 明天上午九点 */
export const whenInWords = (at: string): string => `${dayInWords(dayOf(at))}${timeInWords(at)}`

/** 还剩 12 分钟; empty when it is over. */
export function left(until: string): string {
  const minutes = Math.ceil((Date.parse(until) - now()) / 60_000)
  if (minutes <= 0) return ''
  return minutes < 90 ? `还剩 ${minutes} 分钟` : `还剩 ${Math.round(minutes / 60)} 小时`
}

/** The instant of a local day and time. */
export const instant = (day: string, time: string): string => new Date(Date.parse(`${day}T${time}:00Z`) - EIGHT_HOURS).toISOString()

/** Today's date and time for a log line: two digits each. */
export const stamp = (at: number): string => `${dayOf(at)} ${two(local(at).getUTCHours())}:${two(local(at).getUTCMinutes())}`
