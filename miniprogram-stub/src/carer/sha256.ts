// SHA-256 and HMAC, because WeChat has neither. FIPS 180-4, RFC 2104.
const PRIMES: number[] = []
for (let number = 2; PRIMES.length < 64; number += 1) if (PRIMES.every((prime) => number % prime)) PRIMES.push(number)
const fraction = (value: number) => ((value - Math.floor(value)) * 2 ** 32) | 0
const ROUND = PRIMES.map((prime) => fraction(Math.cbrt(prime)))
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))

export function bytesOf(text: string): number[] {
  const escaped = encodeURIComponent(text)
  const bytes: number[] = []
  for (let at = 0; at < escaped.length; at += 1) {
    if (escaped[at] === '%') {
      bytes.push(parseInt(escaped.slice(at + 1, at + 3), 16))
      at += 2
    } else bytes.push(escaped.charCodeAt(at))
  }
  return bytes
}

function digest(input: number[]): number[] {
  const bytes = [...input, 0x80]
  while (bytes.length % 64 !== 56) bytes.push(0)
  const bits = input.length * 8
  for (let shift = 56; shift >= 0; shift -= 8) bytes.push(Math.floor(bits / 2 ** shift) & 255)
  const turn = (word: number, by: number) => (word >>> by) | (word << (32 - by))
  let state = [...START]
  for (let block = 0; block < bytes.length; block += 64) {
    const words: number[] = []
    for (let at = 0; at < 64; at += 1) {
      if (at < 16) {
        const from = block + at * 4
        words.push((bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!)
      } else {
        const [early, late] = [words[at - 15]!, words[at - 2]!]
        const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
        const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
        words.push((words[at - 16]! + low + words[at - 7]! + high) | 0)
      }
    }
    let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number]
    for (let at = 0; at < 64; at += 1) {
      const choice = (e & f) ^ (~e & g)
      const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + ROUND[at]! + words[at]!) | 0
      const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
    }
    state = [a, b, c, d, e, f, g, h].map((word, at) => (word + state[at]!) | 0)
  }
  return state.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255])
}

const hex = (bytes: number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')

export const sha256 = (text: string): string => hex(digest(bytesOf(text)))

/** HMAC-SHA256 in hexadecimal. */
export function hmac(secret: number[], text: string): string {
  const key = secret.length > 64 ? digest(secret) : [...secret]
  while (key.length < 64) key.push(0)
  const inner = digest([...key.map((byte) => byte ^ 0x36), ...bytesOf(text)])
  return hex(digest([...key.map((byte) => byte ^ 0x5c), ...inner]))
}
