// What an elder reads about his rights: short, and without figures.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entitled, inWords, sayNothing, sayRight, sayToFamily, sentences } from '../../src/elder/rights/say.ts'

const right = (more) => ({ name: '高龄津贴', outcome: 'ENTITLED', isAppliedFor: true, isEnrolled: false, amountFen: 6000, per: 'MONTH', isLeast: true, ...more })

test('figures become words', () => {
  assert.deepEqual(['高龄津贴 80—89', '100+', '每单最多付 50%', '12.5 元', '没有数字'].map(inWords), ['高龄津贴 八十到八十九', '一百以上', '每单最多付 百分之五十', '十二点五 元', '没有数字'])
  assert.deepEqual(sentences('资金按月发放。受理部门：区民政局。'), ['资金按月发放。', '受理部门：区民政局。'])
})

test('what still has to be done comes first, and only what is certain', () => {
  const rights = [right({ name: '甲', isAppliedFor: false }), right({ name: '乙', isEnrolled: true }), right({ name: '丙' }), right({ name: '丁', outcome: 'UNDECIDED' })]
  assert.deepEqual(entitled(rights).map(({ name }) => name), ['丙', '甲', '乙'])
  assert.deepEqual(sayNothing(rights), ['有一样还定不下来。', '您的资料没有登记全。', '请家人或社区帮您补上。'])
  assert.deepEqual(sayNothing([]), ['现在看不到。', '请用您自己的手机看。'])
})

test('a benefit is said with its sum, its standing and its place in the row', () => {
  assert.deepEqual(sayRight(right(), 1, 2), ['您可以享受，还没有办。', '每月至少六十元。', '这是第二样，一共两样。'])
  assert.deepEqual(sayRight(right({ isEnrolled: true, amountFen: null }), 0, 1), ['您已经在享受了。'])
  assert.deepEqual(sayToFamily(right()).slice(1), ['“我可以享受高龄津贴。', '请帮我去办。”'])
  assert.match(sayToFamily(null).join(''), /补上/)
})
