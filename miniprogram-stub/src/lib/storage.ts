import { seat } from './platform'

// Every window of the demo is somebody else: what is kept carries the name of its seat.
const full = (name: string) => `nuanyang.${seat()}.${name}`

/** What was kept under this name; `null` when there is nothing or it cannot be read. */
export function kept<T>(name: string): T | null {
  try {
    const text: unknown = uni.getStorageSync(full(name))
    return typeof text === 'string' && text !== '' ? (JSON.parse(text) as T) : null
  } catch {
    return null
  }
}

/** Keeps a value. Full storage is no reason to stop: the value is then only not there next time. */
export function keep(name: string, value: unknown): void {
  try {
    uni.setStorageSync(full(name), JSON.stringify(value))
  } catch {
    forgetPages()
  }
}

export function forget(name: string): void {
  uni.removeStorageSync(full(name))
}

function forgetStarting(prefix: string): void {
  for (const key of uni.getStorageInfoSync().keys) if (key.startsWith(full(prefix))) uni.removeStorageSync(key)
}

/** Forgets what pages showed last. */
export function forgetPages(): void {
  forgetStarting('page.')
}

/** Forgets everything of this person, at signing out. */
export function forgetAll(): void {
  forgetStarting('')
}
