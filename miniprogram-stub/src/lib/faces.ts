/** Whose pages. */
export type Face = 'family' | 'elder' | 'carer' | 'canteen' | 'desk' | 'office' | 'provider'

interface Tab {
  key: string
  name: string
  url: string
  isBrowserOnly?: boolean
}

/** The tabs of each face; the first one is its home. The elder has no tabs: one task per screen. */
export const TABS: Record<Face, Tab[]> = {
  family: [
    { key: 'home', name: '首页', url: '/pages/home/index' },
    { key: 'orders', name: '订单', url: '/pages/orders/index' },
    { key: 'me', name: '我的', url: '/pages/me/index' },
  ],
  elder: [{ key: 'home', name: '首页', url: '/elder/home/index' }],
  carer: [
    { key: 'work', name: '接单', url: '/carer/work/index' },
    { key: 'visits', name: '我的单', url: '/carer/visits/index' },
    { key: 'me', name: '日程', url: '/carer/me/index' },
  ],
  canteen: [
    { key: 'kitchen', name: '厨房', url: '/canteen/kitchen/index' },
    { key: 'counter', name: '窗口', url: '/canteen/counter/index' },
    { key: 'delivery', name: '送餐', url: '/canteen/delivery/index' },
  ],
  desk: [
    { key: 'find', name: '找老人', url: '/desk/find/index' },
    { key: 'watch', name: '要处理', url: '/desk/watch/index' },
    { key: 'cash', name: '退现金', url: '/desk/cash/index' },
    { key: 'complaints', name: '投诉', url: '/desk/complaints/index' },
    { key: 'bills', name: '账单', url: '/records/bills/index?face=desk' },
  ],
  provider: [
    { key: 'dispatch', name: '派单', url: '/office/dispatch/index' },
    { key: 'statements', name: '对账单', url: '/office/statements/index?face=provider' },
    { key: 'contracts', name: '合同', url: '/office/contracts/index?face=provider' },
    { key: 'faults', name: '差错', url: '/office/faults/index' },
  ],
  office: [
    { key: 'papers', name: '证照', url: '/office/papers/index' },
    { key: 'lines', name: '结算', url: '/office/lines/index' },
    { key: 'statements', name: '对账单', url: '/office/statements/index' },
    { key: 'contracts', name: '合同', url: '/office/contracts/index' },
    { key: 'bills', name: '账单', url: '/records/bills/index' },
    { key: 'rights', name: '应享未享', url: '/office/unused/index' },
    { key: 'programmes', name: '目录', url: '/office/programmes/index' },
  ],
}
