// What a contract needs before it is sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checked, share } from '../../src/office/contracts/form.ts'

const FULL = { providerId: 'p', programme: 'g', regionCode: '530111004', year: '2026', cap: '1200.5', reference: '官采7号' }

test('a contract is checked from top to bottom, and the first fault is told', () => {
  assert.equal(checked(FULL, 0), '')
  const faults = [['providerId', '', /机构/], ['programme', '', /政策/], ['regionCode', '', /哪里/], ['year', '', /哪一年/], ['cap', '', /上限/], ['cap', '0', /比零多/], ['cap', '一千', /写数字/], ['reference', ' ', /文号/]]
  for (const [field, value, said] of faults) assert.match(checked({ ...FULL, [field]: value }, 0), said)
  assert.equal(checked(FULL, 120050), '')
  assert.match(checked(FULL, 120051), /已经用了 1200.51 元/)
})

test('the taken part is told in whole percent', () => {
  assert.deepEqual([[0, 100], [999, 1000], [1000, 1000], [5, 0]].map(([usedFen, capFen]) => share({ usedFen, capFen })), [0, 99, 100, 100])
})
