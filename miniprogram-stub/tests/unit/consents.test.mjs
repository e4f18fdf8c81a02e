// What a phone remembers of an elder's yes and no, over stand-ins for its storage and the API.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

const stored = new Map()
const sent = []
let answer
globalThis.uni = {
  getStorageSync: (key) => stored.get(key) ?? '',
  setStorageSync: (key, value) => void stored.set(key, value),
  removeStorageSync: (key) => void stored.delete(key),
  getStorageInfoSync: () => ({ keys: [...stored.keys()] }),
  request({ data, success }) {
    sent.push(data)
    success({ statusCode: 200, data: { data: answer } })
  },
}
beforeEach(async () => {
  stored.clear()
  sent.length = 0
  const { keep } = await import('../../src/lib/storage.ts')
  keep('tokens', { accessToken: 'a', accessTokenSeconds: 60, refreshToken: 'r' })
})

const TEXT = { purpose: 'BATHING_RISK', text: '助浴', textHash: 'f'.repeat(64), version: '1' }

test('a yes stands until its day, a no takes its place, and elders are apart', async () => {
  const { consentsOf, sayNo, sayYes } = await import('../../src/lib/consents.ts')
  const { useActs } = await import('../../src/lib/act.ts')
  const { setNow } = await import('../../src/lib/clock.ts')
  const { words } = await import('../../src/lib/words.ts')
  const doing = useActs()
  setNow('2026-06-04T01:00:00Z')
  assert.deepEqual(consentsOf('elder_1').map(({ purpose, isGiven }) => [purpose, isGiven]), Object.keys(words.ConsentPurpose).map((purpose) => [purpose, null]))

  answer = { consentSign: { consent: { id: 'consent_1', validUntilAt: '2026-09-02T01:00:00Z' }, userErrors: [] } }
  assert.equal(await sayYes(doing, 'elder_1', TEXT, null), true)
  assert.equal(sent[0].variables.input.textHash, TEXT.textHash)
  const bath = (elder) => consentsOf(elder).find(({ purpose }) => purpose === 'BATHING_RISK').isGiven
  assert.deepEqual([bath('elder_1'), bath('elder_2')], [true, null])
  setNow('2026-09-02T01:00:01Z')
  assert.equal(bath('elder_1'), null, 'its time is over')

  answer = { consentWithdraw: { consent: { id: 'consent_1', isGiven: false, withdrawnAt: null }, userErrors: [] } }
  assert.equal(await sayNo(doing, 'elder_1', 'BATHING_RISK', null), true)
  assert.equal(bath('elder_1'), false)
})

test('a refused yes is not remembered as one, and its sentence is told', async () => {
  const { consentsOf, sayYes } = await import('../../src/lib/consents.ts')
  const { useActs } = await import('../../src/lib/act.ts')
  const doing = useActs()
  answer = { consentSign: { consent: null, userErrors: [{ code: 'ELDER_MUST_SIGN', message: '须由老人本人签字' }] } }
  assert.equal(await sayYes(doing, 'elder_1', TEXT, null), false)
  assert.deepEqual([doing.code, doing.refusal], ['ELDER_MUST_SIGN', '须由老人本人签字'])
  assert.ok(consentsOf('elder_1').every(({ isGiven }) => isGiven === null))
})
