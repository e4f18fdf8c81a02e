// All tests, or those whose file names hold one of the given words: `npm test`, `npm test -- unit`.
// Those that need an API use NUANYANG_API (a running demo, kept as it is found but for its data and its time) or start
// the program of NUANYANG_BIN themselves; without either they are left out, and that is said.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const wanted = process.argv.slice(2)
const hasApi = Boolean(process.env.NUANYANG_API || process.env.NUANYANG_BIN)
const files = readdirSync('tests', { recursive: true }).map(String).filter((file) => file.endsWith('.test.mjs')).sort()
const chosen = files.filter((file) => (wanted.length === 0 || wanted.some((word) => file.includes(word))) && (hasApi || file.startsWith('unit')))

function run(...words) {
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

if (!hasApi) console.log('Only unit tests: give NUANYANG_API (address of a running demo) or NUANYANG_BIN (path of nuanyang, with wechat-simulator beside it).')
if (wanted.length === 0) run('node_modules/vue-tsc/bin/vue-tsc.js', '--noEmit')
if (hasApi && !existsSync('dist/index.html')) run('tools/build.mjs', 'h5')
if (hasApi && !existsSync('build/mp-weixin/app.json')) run('tools/build.mjs', 'mp-weixin')
// One file after the other: they share the demo's clock.
run('--import', 'tsx', '--import', './tests/kit/hooks.mjs', '--test', '--test-concurrency=1', '--test-reporter=spec', ...(process.env.NUANYANG_TEST_NAMES ? ['--test-name-pattern', process.env.NUANYANG_TEST_NAMES] : []), ...chosen.map((file) => `tests/${file}`))
