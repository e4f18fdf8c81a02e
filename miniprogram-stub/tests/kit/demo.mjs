// A running demo for the tests: the one at NUANYANG_API, or one of our own from NUANYANG_BIN on free ports.
// It keeps its data in SQLite, or in a fresh database on the PostgreSQL of NUANYANG_TEST_POSTGRES (postgres://…/postgres),
// and what passes by in itself, or in the Redis of NUANYANG_TEST_REDIS: the names that tests/kit uses.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

const pages = fileURLToPath(new URL('../../dist', import.meta.url))

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => done(port))
  })
})

/** A database of its own and the way to be rid of it. */
async function database(folder) {
  const maintenance = process.env.NUANYANG_TEST_POSTGRES
  if (!maintenance) return { url: `sqlite:${folder}/demo.sqlite`, drop: async () => {} }
  const name = `pages_${process.pid}_${Date.now()}`
  const run = async (statement) => {
    const client = new pg.Client({ connectionString: maintenance })
    await client.connect()
    await client.query(statement).finally(() => client.end())
  }
  await run(`CREATE DATABASE ${name}`)
  const url = new URL(maintenance)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

/** Starts the demo and waits until it is ready. `stop()` ends it, and only it. */
export async function demo() {
  if (process.env.NUANYANG_API) return { url: process.env.NUANYANG_API.replace(/\/$/, ''), stop: async () => {} }
  const program = process.env.NUANYANG_BIN
  if (!program) return null
  const [port, simulator, folder] = [await freePort(), await freePort(), mkdtempSync(join(tmpdir(), 'nuanyang-pages-'))]
  const url = `http://127.0.0.1:${port}`
  const kept = await database(folder)
  const redis = process.env.NUANYANG_TEST_REDIS
  const child = spawn(program, ['--settings', join(folder, 'none.toml'), 'demo'], {
    cwd: folder,
    stdio: process.env.NUANYANG_LOUD ? 'inherit' : 'ignore',
    env: {
      // The program takes every NUANYANG_ variable for a setting of its own.
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NUANYANG_'))),
      NUANYANG_LISTEN: `127.0.0.1:${port}`, NUANYANG_PUBLIC_URL: url, NUANYANG_SIMULATOR_URL: `http://127.0.0.1:${simulator}`,
      NUANYANG_DATABASE_URL: kept.url, NUANYANG_PAGES_DIR: pages,
      ...(redis ? { NUANYANG_REDIS_URL: redis, NUANYANG_REDIS_PREFIX: `pages_${process.pid}_${Date.now()}` } : {}),
    },
  })
  const ended = new Promise((done) => child.once('exit', done))
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.ok) break
    if (tries > 300 || child.exitCode !== null) throw new Error('the demo does not become ready')
    await new Promise((done) => setTimeout(done, 100))
  }
  return {
    url,
    async stop() {
      child.kill('SIGINT')
      await ended
      await kept.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Asks the API as a demo person. */
export function person(url, name) {
  let token
  const enter = async () => {
    token = (await (await fetch(`${url}/demo/login?as=${name}`)).json()).accessToken
  }
  return async function ask(query, variables = {}) {
    if (!token) await enter()
    for (let tries = 0; ; tries += 1) {
      const answer = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) })
      const { data, errors } = await answer.json()
      if (!errors) return data
      if (errors[0].extensions?.code !== 'UNAUTHENTICATED' || tries > 0) throw new Error(JSON.stringify(errors))
      await enter()
    }
  }
}

/** Moves the demo's time: `{ at }` or `{ advance_s }`. */
export async function moveClock(url, how) {
  const answer = await fetch(`${url}/demo/clock`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(how) })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}

export const clock = async (url) => (await fetch(`${url}/demo/clock`)).json()
