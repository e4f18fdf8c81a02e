// Builds the pages: `node tools/build.mjs h5` into dist/ (with GraphiQL), `node tools/build.mjs mp-weixin` into build/mp-weixin.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** Packed as small as gzip can: which size of block is best, depends on the file. */
const packed = (content) => [5, 6, 7, 8, 9].map((memLevel) => gzipSync(content, { level: 9, memLevel })).reduce((best, one) => (one.length < best.length ? one : best))

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
const platform = process.argv[2] ?? 'h5'
const target = platform === 'h5' ? 'dist' : `build/${platform}`

function run(...words) {
  // CI=1 keeps the tool chain from asking its vendor for news: see README, "Habits of the tool chain".
  const env = { ...process.env, CI: '1', NODE_ENV: 'production', UNI_OUTPUT_DIR: `${root}${target}` }
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync(target, { recursive: true, force: true })
run('tools/codegen.mjs')
run('node_modules/@dcloudio/vite-plugin-uni/bin/uni.js', 'build', '-p', platform)

if (platform === 'h5') {
  cpSync('graphiql', target, { recursive: true })
  mkdirSync(`${target}/vendor`, { recursive: true })
  const vendor = {
    'react/umd/react.production.min.js': 'react.js',
    'react-dom/umd/react-dom.production.min.js': 'react-dom.js',
    'graphiql/graphiql.min.js': 'graphiql.js',
    'graphiql/graphiql.min.css': 'graphiql.css',
  }
  for (const [from, to] of Object.entries(vendor)) copyFileSync(`node_modules/${from}`, `${target}/vendor/${to}`)
  copyFileSync('src/api/gen/persisted-documents.json', `${target}/persisted-documents.json`)
  // Packed once here instead of at every request.
  for (const name of readdirSync(target, { recursive: true })) {
    if (/\.(js|css|html|svg)$/.test(name)) writeFileSync(`${target}/${name}.gz`, packed(readFileSync(`${target}/${name}`)))
  }
}
