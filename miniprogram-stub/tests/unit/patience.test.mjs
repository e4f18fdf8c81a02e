// Looking again and again: slower while it is quiet, soon after news, not while nobody looks, never after the end.
import assert from 'node:assert/strict'
import { test } from 'node:test'

globalThis.uni = {}
const turn = () => new Promise((done) => setImmediate(done))

test('a quiet page asks ever more slowly, and soon again after something new', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { patiently } = await import('../../src/api/live.ts')
  const news = [false, false, false, true, false]
  let looks = 0
  const live = patiently(async () => news[looks++], [5, 10, 20])
  const after = async (seconds) => {
    context.mock.timers.tick(seconds * 1000)
    await turn()
    return looks
  }
  assert.deepEqual([await after(4), await after(1)], [0, 1])
  assert.deepEqual([await after(9), await after(1)], [1, 2])
  assert.deepEqual([await after(20), await after(20)], [3, 4])
  assert.equal(await after(5), 5, 'soon after news')
  live.stop()
  assert.equal(await after(100), 5)
})

test('a look that fails counts as quiet', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { patiently } = await import('../../src/api/live.ts')
  let looks = 0
  const live = patiently(async () => {
    looks += 1
    throw new Error('no network')
  }, [5, 10])
  for (const seconds of [5, 9, 1]) {
    context.mock.timers.tick(seconds * 1000)
    await turn()
  }
  assert.equal(looks, 2)
  live.stop()
})
