// The copy of an elder's data as lines for people.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readable } from '../../src/privacy/readable.ts'

test('a copy is read as names and values, what belongs together further in, what is empty last', () => {
  const copy = {
    订单: [], 基本资料: { 姓名: '张三', 电话: null, 有服务卡: true, 编号: 'elder_01M8274DC1ETY89VBMX3ZAB4S8' },
    家属: [{ 关系: '子女', 可以: ['看订单', '付款'] }, { 关系: '老伴', 可以: [] }], '指纹（SHA-256）': 'f'.repeat(64), 经过: [{ 事件: 'set_out', 之后的状态: 'EN_ROUTE' }, { 事件: 'new_thing' }], 备注: '',
  }
  assert.deepEqual(readable(JSON.stringify(copy)), [
    '基本资料：', '　姓名：张三', '　电话：没有', '　有服务卡：是', '　编号：在文件里',
    '家属：', '　第 1 条', '　　关系：子女', '　　可以：看订单、付款', '　第 2 条', '　　关系：老伴', '　　可以：没有',
    '指纹：在文件里', '经过：', '　第 1 条', '　　事件：护理员出发', '　　之后的状态：在路上', '　第 2 条', '　　事件：在文件里', '备注：没有', '订单：没有',
  ])
})
