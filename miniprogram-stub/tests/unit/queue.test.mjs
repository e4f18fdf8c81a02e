// Keys and the queue of a carer without network, over a stand-in for the phone's storage.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

const stored = new Map()
globalThis.uni = {
  getStorageSync: (key) => stored.get(key) ?? '',
  setStorageSync: (key, value) => void stored.set(key, value),
  removeStorageSync: (key) => void stored.delete(key),
  getStorageInfoSync: () => ({ keys: [...stored.keys()] }),
}
beforeEach(() => stored.clear())

test('a form keeps its key until its answer came or its content changed', async () => {
  const { requestKey, settled } = await import('../../src/lib/keys.ts')
  const first = requestKey('meal', { dish: 1 })
  assert.match(first, /^[A-Za-z0-9._:-]{16,64}$/)
  assert.equal(requestKey('meal', { dish: 1 }), first)
  assert.notEqual(requestKey('meal', { dish: 2 }), first)
  const second = requestKey('meal', { dish: 2 })
  settled('meal')
  assert.notEqual(requestKey('meal', { dish: 2 }), second)
})

test('acts of a visit are numbered, signed and shown as done', async () => {
  const { signedText, stateWith, waiting, writeDown } = await import('../../src/carer/queue.ts')
  assert.equal(writeDown('SET_OUT', 'sord_1'), false, 'no secret, no promise')
  const { keep } = await import('../../src/lib/storage.ts')
  keep('queue.device', { id: 'dev_1', secret: 's3cret' })
  assert.equal(writeDown('SET_OUT', 'sord_1'), true)
  assert.equal(writeDown('CHECK_IN', 'sord_1', { place: { latitudeE6: 25, longitudeE6: 102 }, code: '123456' }), true)
  assert.deepEqual(waiting().map(({ sequence, kind }) => [sequence, kind]), [[1, 'SET_OUT'], [2, 'CHECK_IN']])
  assert.match(waiting()[0].signature, /^[0-9a-f]{64}$/)
  assert.equal(stateWith('sord_1', 'ACCEPTED'), 'CHECKED_IN')
  assert.equal(stateWith('sord_2', 'ACCEPTED'), 'ACCEPTED')
  const entry = { kind: 'CHECK_OUT', orderId: 'o', sequence: 3, deviceAt: '2026-06-04T01:00:00.000Z', tasks: [{ code: 'A', isDone: false, reason: 'a\\b\nc' }] }
  assert.equal(signedText('d', entry), ['NYQ1', 'd', '3', 'CHECK_OUT', 'o', '1780534800000', '', '', '', 'false', '', '', '', '', 'A:false:a\\\\b\\nc'].join('\n'))
})

test('what was begun for one elder is not carried over to another', async () => {
  const { chooseElder, keepMealDraft, keepVisitDraft, mealDraft, visitDraft } = await import('../../src/lib/chosen.ts')
  const [first, second] = ['elder_1', 'elder_2'].map((id) => ({ id, name: id, regionCode: '530111' }))
  chooseElder(first)
  keepMealDraft({ note: '花生过敏' })
  keepVisitDraft({ note: '门锁密码 4321' })
  chooseElder(first)
  assert.equal(mealDraft().note, '花生过敏')
  chooseElder(second)
  assert.deepEqual([mealDraft(), visitDraft()], [null, null])
})

test('a visit that was his and is taken away is told until he knows, one that he has ended is not', async () => {
  const { dropOwn, lostVisits } = await import('../../src/carer/work.ts')
  const at = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const visit = (id, state, hours, isAccepted = true) => ({ id, state, startsAt: at(hours), endsAt: at(hours + 2), serviceCode: 'cleaning_help', myPart: { isAccepted } })
  const ids = (visits) => lostVisits(visits).map(({ id }) => id)
  assert.deepEqual(ids([visit('moved', 'ACCEPTED', 24), visit('ended', 'CHECKED_IN', -1), visit('long ago', 'ACCEPTED', -30)]), [])
  assert.deepEqual(ids([visit('moved', 'OFFERED', 48, false)]), ['moved'])
  assert.equal(lostVisits([])[0].startsAt.slice(0, 16), at(24).slice(0, 16))
  dropOwn('moved')
  assert.deepEqual(ids([]), [])
  assert.deepEqual(ids([visit('again', 'ACCEPTED', 24)]), [])
  assert.deepEqual(ids([visit('again', 'EN_ROUTE', 24)]), [])
  assert.deepEqual(ids([visit('again', 'DONE', 24)]), [])
})
