/** 1250 is 12.50 元. */
export function yuan(fen: number): string {
  const sign = fen < 0 ? '−' : ''
  const whole = Math.abs(fen)
  return `${sign}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')} 元`
}

/** What was written as yuan, in fen: 12.5 is 1250; null when it is no amount. */
export function fenOf(text: string): number | null {
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.trim())
  return found ? Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0')) : null
}

const DIGITS = '零一二三四五六七八九'

/** 0 to 99999 as people say it: 12 is 十二. */
export function spoken(number: number): string {
  const units = ['', '十', '百', '千', '万']
  const digits = String(number).split('').map(Number)
  let words = ''
  digits.forEach((digit, at) => {
    const unit = units[digits.length - 1 - at] ?? ''
    if (digit !== 0) words += `${DIGITS[digit]}${unit}`
    else if (words !== '' && !words.endsWith('零')) words += '零'
  })
  words = words.replace(/零+$/, '').replace(/^一十/, '十')
  return words === '' ? '零' : words
}

/** For elders: 1250 is 十二元五角. */
export function yuanInWords(fen: number): string {
  const [whole, jiao, rest] = [Math.floor(fen / 100), Math.floor((fen % 100) / 10), fen % 10]
  const small = `${jiao ? `${DIGITS[jiao]}角` : rest ? '零' : ''}${rest ? `${DIGITS[rest]}分` : ''}`
  return `${whole === 0 && small ? '' : `${spoken(whole)}元`}${small}`
}
