// Yes and no to one matter, over stand-ins for the phone's storage and the API.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

const stored = new Map()
const sent = []
let answers = []
globalThis.uni = {
  getStorageSync: (key) => stored.get(key) ?? '',
  setStorageSync: (key, value) => void stored.set(key, value),
  removeStorageSync: (key) => void stored.delete(key),
  getStorageInfoSync: () => ({ keys: [...stored.keys()] }),
  request({ data, success, fail }) {
    sent.push(data)
    const answer = answers.shift()
    if (answer) success({ statusCode: 200, data: { data: answer } })
    else fail({ errMsg: 'request:fail' })
  },
}
beforeEach(async () => {
  stored.clear()
  sent.length = 0
  const { keep } = await import('../../src/lib/storage.ts')
  keep('tokens', { accessToken: 'a', accessTokenSeconds: 60, refreshToken: 'r' })
})

const TEXT = { purpose: 'BATHING_RISK', text: '助浴', textHash: 'f'.repeat(64), version: '1' }
const consent = (standing, signedAs = null) => ({ purpose: 'BATHING_RISK', name: '上门助浴', standing, sinceAt: null, signerName: null, closedWithout: null, text: TEXT, latest: signedAs && { signedAs, validUntilAt: null } })
const refusal = (code, message) => ({ userErrors: [{ code, message }] })
const MUST_SIGN = { consentRefuse: { consent: null, ...refusal('ELDER_MUST_SIGN', '由老人本人决定') } }

test('a yes names the text that was shown; a lost answer is asked for again with the same key', async () => {
  const { sayYes } = await import('../../src/lib/consents.ts')
  const { useActs } = await import('../../src/lib/act.ts')
  const doing = useActs()
  answers = [null, { consentSign: { consent: { id: 'consent_1' }, userErrors: [] } }, { consentSign: { consent: null, ...refusal('ELDER_MUST_SIGN', '须由老人本人签字') } }]
  assert.equal(await sayYes(doing, 'elder_1', consent('OPEN'), null), false)
  assert.equal(doing.code, 'TROUBLE_unknown')
  assert.equal(await sayYes(doing, 'elder_1', consent('OPEN'), null), true)
  assert.equal(await sayYes(doing, 'elder_1', consent('OPEN'), null), false)
  assert.deepEqual([doing.code, doing.refusal], ['ELDER_MUST_SIGN', '须由老人本人签字'])
  const [first, second, third] = sent.map(({ variables }) => variables.input)
  assert.deepEqual([first.textHash, first.textVersion, first.requestKey], [TEXT.textHash, '1', second.requestKey])
  assert.notEqual(third.requestKey, second.requestKey)
})

test('a no is said; who may not say it takes only a guardian’s yes back', async () => {
  const { sayNo } = await import('../../src/lib/consents.ts')
  const { useActs } = await import('../../src/lib/act.ts')
  const doing = useActs()
  const names = () => sent.splice(0).map(({ operationName }) => operationName)
  answers = [{ consentRefuse: { consent: { id: 'consent_1' }, userErrors: [] } }]
  assert.equal(await sayNo(doing, 'elder_1', consent('YES', 'ELDER'), { paperReference: '三号柜', paperSignedAs: 'ELDER' }), true)
  assert.equal(sent[0].variables.input.paperReference, '三号柜')
  assert.deepEqual(names(), ['ConsentNo'])
  answers = [MUST_SIGN, { consentWithdraw: { consent: { id: 'consent_1' }, userErrors: [] } }]
  assert.equal(await sayNo(doing, 'elder_1', consent('YES', 'GUARDIAN'), null), true)
  assert.deepEqual(names(), ['ConsentNo', 'ConsentBack'])
  answers = [MUST_SIGN, MUST_SIGN]
  assert.equal(await sayNo(doing, 'elder_1', consent('YES', 'ELDER'), null), false)
  assert.equal(await sayNo(doing, 'elder_1', consent('OPEN'), null), false)
  assert.deepEqual([names(), doing.refusal], [['ConsentNo', 'ConsentNo'], '由老人本人决定'])
})
