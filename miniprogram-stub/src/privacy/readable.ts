// The copy of an elder's data as lines that people read.
import { eventWord, words } from '@/lib/words'

type Leaf = string | number | boolean | null
type Value = Leaf | Value[] | { [name: string]: Value }

const isLeaf = (value: Value): value is Leaf => typeof value !== 'object' || value === null
const isEmpty = (value: Value): boolean => !isLeaf(value) && Object.keys(value).length === 0
const STATES: Record<string, string> = { ...words.MealOrderState, ...words.ServiceOrderState }
/** Ids, fingerprints and codes are for machines: those of steps and states have words, the others stand in the file. */
const isForMachines = (value: Leaf): boolean => typeof value === 'string' && /^([A-Za-z_]{3,}|\w{20,})$/.test(value)

function said(value: Leaf): string {
  if (isForMachines(value)) return eventWord(String(value)) ?? STATES[String(value)] ?? '在文件里'
  return value === null || value === '' ? '没有' : value === true ? '是' : value === false ? '否' : String(value)
}

function lines(value: Value, depth: number): string[] {
  const pad = '　'.repeat(depth)
  if (isLeaf(value)) return [`${pad}${said(value)}`]
  if (Array.isArray(value)) return value.flatMap((one, at) => [`${pad}第 ${at + 1} 条`, ...lines(one, depth + 1)])
  return Object.entries(value).flatMap(([key, one]) => {
    const name = `${pad}${key.replace(/（[\x20-\x7e]+）/, '')}：`
    if (isLeaf(one)) return [`${name}${said(one)}`]
    if (isEmpty(one)) return [`${name}没有`]
    return Array.isArray(one) && one.every(isLeaf) ? [`${name}${one.map(said).join('、')}`] : [name, ...lines(one, depth + 1)]
  })
}

/** JSON as lines: names and values, what belongs together further in, parts without anything last. */
export function readable(json: string): string[] {
  const parts = Object.entries(JSON.parse(json) as { [name: string]: Value })
  return lines(Object.fromEntries(parts.sort(([, one], [, other]) => Number(isEmpty(one)) - Number(isEmpty(other)))), 0)
}
