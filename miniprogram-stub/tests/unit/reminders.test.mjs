// What WeChat's prompt for messages says, as the API wants it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answersOf } from '../../src/platform/parts.ts'

test('each template that was asked about has its answer, in the order of asking', () => {
  const said = { errMsg: 'requestSubscribeMessage:ok', A: 'accept', B: 'reject', C: 'ban', D: 'filter', E: 'acceptWithAudio' }
  assert.deepEqual(answersOf(said, ['C', 'A', 'B', 'D', 'E', 'F']), [
    { template: 'C', choice: 'BAN' }, { template: 'A', choice: 'ACCEPT' }, { template: 'B', choice: 'REJECT' }, { template: 'E', choice: 'ACCEPT' },
  ])
})
