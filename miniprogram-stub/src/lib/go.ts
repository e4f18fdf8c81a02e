import { isBrowser } from './platform'

/** Where everybody finds his own first page: in the browser behind the doors, in WeChat the family's home. */
export const START = isBrowser ? '/pages/start/index' : '/pages/home/index'

/** Opens a page above this one. */
export function go(url: string): void {
  uni.navigateTo({ url, fail: () => uni.redirectTo({ url }) })
}

/** Opens a page instead of this one. */
export function turn(url: string): void {
  uni.redirectTo({ url })
}

/** Opens a page instead of everything. */
export function begin(url: string): void {
  uni.reLaunch({ url })
}

/** One page back; home when there is none. */
export function back(home: string): void {
  if (getCurrentPages().length > 1) uni.navigateBack({ delta: 1 })
  else begin(home)
}
