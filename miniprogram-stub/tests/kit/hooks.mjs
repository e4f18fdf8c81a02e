// Lets Node's tests import the app's TypeScript: `@/` and `platform` as the build knows them.
import { register } from 'node:module'

const root = new URL('../../src/', import.meta.url).href
register(`data:text/javascript,${encodeURIComponent(`
const root = ${JSON.stringify(root)}
export function resolve(name, context, next) {
  if (name === 'platform') return next(root + 'platform/wechat.ts', context)
  if (name.startsWith('@/')) return next(root + name.slice(2) + (name.endsWith('.ts') ? '' : '.ts'), context)
  if (/^\\.\\.?\\//.test(name) && context.parentURL?.startsWith(root) && !/\\.\\w+$/.test(name)) return next(name + '.ts', context)
  return next(name, context)
}`)}`)
globalThis.__SENDS_TEXT__ = true
globalThis.__API__ = 'http://127.0.0.1:9'
