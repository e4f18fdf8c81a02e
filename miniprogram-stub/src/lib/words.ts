// Every word for a value of the contract. A test compares it with schema.graphql.
import type * as S from '@/api/gen/schema'

export const words = {
  AbilityLevel: { INTACT: '能力完好', MILD: '轻度受损', MODERATE: '中度受损', SEVERE: '重度受损', TOTAL: '完全丧失' } satisfies Record<S.AbilityLevel, string>,
  AbortReason: { CARER_UNWELL: '护理员不舒服', ELDER_REFUSES: '老人不愿意', ELDER_UNWELL: '老人不舒服', HOME_UNSAFE: '家里不安全', OTHER: '其他原因' } satisfies Record<S.AbortReason, string>,
  AssessmentState: { CANCELLED: '已取消', IN_PROGRESS: '正在评估', PUBLISHED: '已公布', REQUESTED: '已申请', REVIEWED: '已复核', SCHEDULED: '已约好时间', SCORED: '已打分' } satisfies Record<S.AssessmentState, string>,
  BathingAbortReason: { DISTRESS: '老人不舒服', SHORT_STAFFED: '第二名护理员没到', VITALS_OUT_OF_LIMITS: '测量数值超出范围' } satisfies Record<S.BathingAbortReason, string>,
  BathingState: { ABORTED: '已停止，全额退款', ASSESSED: '评估有效', BATHING: '正在洗浴', CLEARED: '数值正常，可以洗浴', COMPLETED: '洗浴完成', CONSENTED: '已同意，等护理员到齐', OPEN: '还没有资料', REFUSED: '不能洗浴', STAFFED: '两名护理员已到' } satisfies Record<S.BathingState, string>,
  CallBackState: { DONE: '已回访', OPEN: '待回访' } satisfies Record<S.CallBackState, string>,
  CarerSex: { FEMALE: '女', MALE: '男' } satisfies Record<S.CarerSex, string>,
  CertificateKind: { BATHING: '助浴培训证书', CARE_WORKER: '养老护理员证书', HEALTH_CARD: '健康证', OTHER: '其他证件' } satisfies Record<S.CertificateKind, string>,
  BillCaseKind: { BILL_UNREAD: '账单还没有取到', LEDGER: '支付与总账不一致', NET: '资金流水与交易账单不一致', PAYMENT_AMOUNT: '支付金额不一致', PAYMENT_NOT_HERE: '账单已支付，本系统未入账', PAYMENT_NOT_THERE: '本系统已入账，账单没有', PAYMENT_NUMBER: '支付的微信单号不一致', PAYMENT_STATE: '账单支付状态不是成功', PAYMENT_TWICE: '账单重复支付', PAYMENT_UNKNOWN: '账单有支付，本系统没有单号', REFUND_AMOUNT: '退款金额不一致', REFUND_NOT_HERE: '账单已退款，本系统没有', REFUND_NOT_THERE: '本系统已退款，账单没有', REFUND_NUMBER: '退款的微信单号不一致', REFUND_STATE: '退款结果与微信不一致', REFUND_TWICE: '账单重复退款', REFUND_UNKNOWN: '账单有退款，本系统没有单号' } satisfies Record<S.BillCaseKind, string>,
  BillCaseState: { CLOSED: '已查明', HEALED: '已自动对平', OPEN: '待查' } satisfies Record<S.BillCaseState, string>,
  BillOwner: { DESK: '服务台', OFFICE: '民政部门' } satisfies Record<S.BillOwner, string>,
  ComplaintAnswerState: { REFUSED: '没有发出，请改写', SENDING: '正在发送', SENT: '已送达', WAITING: '等待发送' } satisfies Record<S.ComplaintAnswerState, string>,
  ComplaintState: { ANSWERED: '已回复', COMPLETED: '已办结', OPEN: '待回复' } satisfies Record<S.ComplaintState, string>,
  ConsentPurpose: { ABILITY_ASSESSMENT: '能力评估', BATHING_RISK: '上门助浴知情同意', BENEFIT_MATCHING: '主动匹配待遇', PROVIDER_NOTES: '照护备注传给服务方' } satisfies Record<S.ConsentPurpose, string>,
  ConsentStanding: { NO: '不同意', OPEN: '还没有表示', YES: '同意' } satisfies Record<S.ConsentStanding, string>,
  CorrectionState: { ACCEPTED: '已更正', OPEN: '待答复', REFUSED: '维持原样' } satisfies Record<S.CorrectionState, string>,
  DisputeEnding: { FULL_REFUND: '全部退款', PAID: '不退款', PART_REFUND: '部分退款' } satisfies Record<S.DisputeEnding, string>,
  EntitlementOutcome: { ENTITLED: '可以享受', NOT_ENTITLED: '不符合条件', UNDECIDED: '材料不全，暂时无法判断' } satisfies Record<S.EntitlementOutcome, string>,
  EntitlementPer: { MEAL: '每餐', MONTH: '每月' } satisfies Record<S.EntitlementPer, string>,
  EntitlementSubject: { ELDER: '老人本人', FAMILY_MEMBER: '家庭成员', HOUSEHOLD: '家庭' } satisfies Record<S.EntitlementSubject, string>,
  ExceptionReview: { ACCEPTED: '已说明清楚', OPEN: '等待核实', REJECTED: '说明未被采纳' } satisfies Record<S.ExceptionReview, string>,
  FactKind: { FLAG: '是或否', NOTE: '备注', NUMBER: '数字', REGION: '地区', RELATIVE: '亲属', WORD: '单选', WORDS: '多选' } satisfies Record<S.FactKind, string>,
  FailureChoice: { OTHER_CARERS: '换人上门', REFUND: '全部退款' } satisfies Record<S.FailureChoice, string>,
  HelpCallState: { OPEN: '等待处理', SEEN: '已有人处理' } satisfies Record<S.HelpCallState, string>,
  Language: { BAI: '白语', DAI: '傣语', HANI: '哈尼语', KUNMING: '昆明话', MANDARIN: '普通话', MIAO: '苗语', SIGN: '手语', YI: '彝语', YUXI: '玉溪话' } satisfies Record<S.Language, string>,
  LicenceKind: { BUSINESS: '营业执照', FOOD: '食品经营许可证', INSURANCE: '责任保险', OTHER: '其他证照', PREMISES: '场所证明' } satisfies Record<S.LicenceKind, string>,
  LineVerdict: { CLEAR: '全额结算', CUT: '部分退回', REJECT: '全部退回' } satisfies Record<S.LineVerdict, string>,
  MealOrderState: { CANCELLED: '已取消', CONFIRMED: '已订好', EXPIRED: '没有付钱，没有订上', HELD: '等待付款', LOCKED: '厨房已安排', NO_SHOW: '没有来取', OUT_FOR_DELIVERY: '正在送餐', READY: '饭菜已做好', SERVED: '已用餐', UNDELIVERED: '没有送到' } satisfies Record<S.MealOrderState, string>,
  MealPeriod: { BREAKFAST: '早餐', LUNCH: '午餐', DINNER: '晚餐' } satisfies Record<S.MealPeriod, string>,
  MealWay: { DELIVERY: '送到家', DINE_IN: '到食堂吃', PICK_UP: '打包带走' } satisfies Record<S.MealWay, string>,
  MessageKind: { CANCELLED: '订单被取消', DONE: '做完了', MEAL_READY: '饭菜可以取了', ON_THE_WAY: '在路上了', PAYMENT_ASKED: '请您付款', REFUND: '退款到账', SOS: '紧急求助', VISIT_ACCEPTED: '有人接单了', VOUCHER_EXPIRING: '服务券快到期' } satisfies Record<S.MessageKind, string>,
  OfferState: { ACCEPTED: '已接单', DECLINED: '没有接', FAILED: '未能上门', OFFERED: '等待回复', RELEASED: '已收回', RESERVED: '排队中', TIMED_OUT: '超时未回' } satisfies Record<S.OfferState, string>,
  OfferingUnit: { HOUR: '小时', UNIT: '项', VISIT: '次' } satisfies Record<S.OfferingUnit, string>,
  OrderChannel: { COUNTER: '食堂窗口', DESK: '电话代订', ELDER_APP: '老人自己', FAMILY_APP: '家人' } satisfies Record<S.OrderChannel, string>,
  Payer: { CASH: '自己付', SUBSIDY: '政府补贴', VOUCHER: '服务券' } satisfies Record<S.Payer, string>,
  PaymentAttemptState: { CLOSED: '已关闭', CREATED: '准备付款', LATE_PAID: '付迟了，会退回', PAID: '已付款', PREPAID: '等待付款' } satisfies Record<S.PaymentAttemptState, string>,
  PrivacyKind: { ERASURE: '删除资料', EXPORT: '复制资料' } satisfies Record<S.PrivacyKind, string>,
  PrivacyState: { ASKED: '已提出', DONE: '已完成', REFUSED: '未能办理', WITHDRAWN: '已撤回' } satisfies Record<S.PrivacyState, string>,
  ProgrammeRefusal: { AREA_NOT_IN_PROGRAMME: '所在地不在范围内', NOT_IN_FORCE: '不在有效期内', SWITCHED_OFF: '政策已停用' } satisfies Record<S.ProgrammeRefusal, string>,
  ProviderKind: { CANTEEN: '食堂', HOME_CARE_CENTRE: '居家养老服务中心', HOME_SERVICE: '上门服务机构' } satisfies Record<S.ProviderKind, string>,
  ProviderState: { ACTIVE: '正常服务', APPLIED: '已申请，备齐材料', DOCS_CHECK: '材料审核', EXITED: '已退出', SITE_CHECK: '现场查看', SUSPENDED: '暂停服务' } satisfies Record<S.ProviderState, string>,
  RatingPart: { ANSWER: '商家回复', TEXT: '评价文字' } satisfies Record<S.RatingPart, string>,
  RatingTag: { CAREFUL: '细心', CLEAN: '干净卫生', COLD: '饭菜凉了', GENEROUS: '分量足', HARD: '太硬', HURRIED: '匆忙', KIND: '服务亲切', LATE: '来晚了', ON_TIME: '准时', ROUGH: '动作粗', SALTY: '太咸', SKILLED: '手法专业', TASTY: '味道好', WARM: '饭菜热乎' } satisfies Record<S.RatingTag, string>,
  RefundNeed: { ACCOUNT: '原账户退不回去，要付款人换一个收款账户', FUNDS: '商户账户余额不够，充值后再退', RETRY: '查明原因后再退一次' } satisfies Record<S.RefundNeed, string>,
  RefundState: { ABNORMAL: '退款遇到问题，有人跟进', ACCEPTED: '退款中', CLOSED: '退款被退回，有人跟进', REQUESTED: '退款中', SUCCESS: '已退回' } satisfies Record<S.RefundState, string>,
  RegionLevel: { CITY: '市', COMMUNITY: '社区', DISTRICT: '区县', ESTATE: '小区', PROVINCE: '省', STREET: '街道', TOWNSHIP: '乡镇', VILLAGE: '村' } satisfies Record<S.RegionLevel, string>,
  Relation: { CHILD: '子女', COMMUNITY_WORKER: '社区工作人员', GRANDCHILD: '孙辈', GUARDIAN: '监护人', OTHER_RELATIVE: '其他亲属', SPOUSE: '老伴' } satisfies Record<S.Relation, string>,
  Role: { ADMIN: '系统管理员', ASSESSOR: '评估员', CARER: '护理员', DESK: '电话坐席', ELDER: '老人', FAMILY: '家人', OFFICER: '民政干部', PROVIDER_MANAGER: '机构负责人' } satisfies Record<S.Role, string>,
  Scope: { BOOK: '订和取消', DECIDE: '代老人决定和签字', PAY: '付款', SEE_HEALTH: '看健康和饮食情况', VIEW_ORDERS: '看订单和进度' } satisfies Record<S.Scope, string>,
  ServiceCategory: { ASSESSMENT: '评估', CARE_STAY: '照护托养', COMMUNITY: '社区互助', CULTURE: '文化教育', DAILY_LIVING: '日常生活', EMOTIONAL: '精神慰藉', HEALTH: '医疗健康', HOUSEHOLD_REPAIR: '居家维修与改造', INFORMATION: '信息缴费', PERSONAL_CARE: '个人照护', RIGHTS: '法律权益', SAFETY: '安全应急', TRAINING: '培训' } satisfies Record<S.ServiceCategory, string>,
  ServiceMode: { BENEFIT: '应享待遇', BOOKABLE: '可以预约', DISPATCH: '紧急派出', DUTY: '社区主动服务', INFORMATION: '信息告知', PROGRAMME: '申请项目' } satisfies Record<S.ServiceMode, string>,
  ServiceOrderState: { ACCEPTED: '已接单', CANCELLED: '已取消', CHECKED_IN: '服务中', CONFIRMED: '已完成', DISPUTED: '有异议，人工处理中', DONE: '做完了，等您确认', EN_ROUTE: '在路上', EXPIRED: '没有付钱，没有订上', OFFERED: '正在找人', PAID: '正在找人', QUOTED: '还没有预订', REFUNDED: '已结束并退款', SETTLED: '已完成', SLOT_HELD: '等待付款' } satisfies Record<S.ServiceOrderState, string>,
  ServicePlace: { CANTEEN: '老年食堂', CENTRE: '服务中心', CLINIC: '医院诊所', HOME: '家里', INSTITUTION: '养老机构', OUTDOOR: '户外', REMOTE: '电话或线上' } satisfies Record<S.ServicePlace, string>,
  SettlementLineState: { CLAWED_BACK: '已追回', HELD: '暂缓，待人工核对', PAID: '已拨付', PAYABLE: '待拨付', PENDING: '本月待结', VOID: '作废，已退回' } satisfies Record<S.SettlementLineState, string>,
  Sex: { FEMALE: '女', MALE: '男' } satisfies Record<S.Sex, string>,
  SheetFormat: { CSV: '逗号分隔表格', XLSX: '电子表格' } satisfies Record<S.SheetFormat, string>,
  SignedAs: { ELDER: '老人本人', GUARDIAN: '监护人' } satisfies Record<S.SignedAs, string>,
  StatementLineKind: { CORRECTION: '更正', MEAL: '餐费', VISIT: '上门服务' } satisfies Record<S.StatementLineKind, string>,
  SubscriptionChoice: { ACCEPT: '同意发一条', BAN: '以后都不发', REJECT: '这次不发' } satisfies Record<S.SubscriptionChoice, string>,
  SubscriptionMoment: { BONDED: '绑定老人后', MEAL_BOOKED: '订餐时', VISIT_BOOKED: '订上门服务时', VOUCHERS_SEEN: '看服务券时' } satisfies Record<S.SubscriptionMoment, string>,
  TextState: { HIDDEN: '已隐藏', NONE: '没有文字', PENDING: '审核中', VISIBLE: '已公开' } satisfies Record<S.TextState, string>,
  VisitFaultKind: { CALLED_OFF: '答应后又取消', DID_NOT_COME: '没有来' },
  VisitQueueCode: { BAD_SIGNATURE: '签名不符', NOT_CHECKED_IN: '还没有打卡', ORDER_NOT_FOUND: '没有这一单', SEQUENCE_INVALID: '序号不对', SEQUENCE_REUSED: '序号重复', TASKS_MISSING: '任务没有填完', TOO_EARLY: '时间太早', WRONG_STATE: '这一步已经过去' } satisfies Record<S.VisitQueueCode, string>,
  VisitQueueKind: { CHECK_IN: '到达打卡', CHECK_OUT: '完成服务', SET_OUT: '出发' } satisfies Record<S.VisitQueueKind, string>,
  VoucherBar: { FROZEN: '服务券已冻结', NOT_IN_LIST: '这项服务不能用券', OTHER_DISTRICT: '不在发券的区里', OTHER_MONTH: '那个月没有券', REVOKED: '服务券已收回', USED_UP: '券已用完' },
  VoucherFreezeReason: { DEATH: '老人去世', FRAUD_CHECK: '核查中', MOVE: '已迁出' },
  VoucherState: { FROZEN: '已冻结', ISSUED: '可以用', LAPSED: '已过期', PENDING: '还没有发', REVOKED: '已收回' },
  VitalPhase: { AFTER: '浴后', BEFORE: '浴前' } satisfies Record<S.VitalPhase, string>,
  Weekday: { FRIDAY: '周五', MONDAY: '周一', SATURDAY: '周六', SUNDAY: '周日', THURSDAY: '周四', TUESDAY: '周二', WEDNESDAY: '周三' } satisfies Record<S.Weekday, string>,
  WorkObstacle: { CARER_INACTIVE: '目前不接单', CERTIFICATE_EXPIRED: '证书过期', CERTIFICATE_MISSING: '缺少证书', DAY_OFF: '当天休息', HEALTH_CARD_EXPIRED: '健康证过期', HEALTH_CARD_MISSING: '没有健康证', ON_LEAVE: '当天请假', PROVIDER_NOT_ACTIVE: '机构暂停服务', SKILL_MISSING: '没有这项技能' } satisfies Record<S.WorkObstacle, string>,
}

/** Words for one value; a value newer than this build is told honestly. */
export function word<K extends keyof typeof words>(kind: K, value: string | null | undefined): string {
  return (value && (words[kind] as Record<string, string>)[value]) || '请看详情'
}

/** Names of steps in a timeline; steps without a name are not for families. */
const EVENTS: Record<string, string> = {
  place: '下单', hold: '下单', hold_slot: '下单', pay_ok: '付款成功', nothing_to_pay: '不用付款，已订好', hold_timeout: '没有付钱，没有订上',
  cancel: '已取消', counter_sale: '窗口售出', cut_off: '交给厨房', canteen_cancel: '食堂取消', prepared: '饭菜做好了', scan: '已取餐', leave_for_delivery: '出门送餐',
  handed_over: '送到了', not_reached: '没有联系上老人', period_end: '没有来取', paid_late: '付迟了，钱会退回', payment_requested: '已提醒付款',
  offer: '正在联系护理员', accept: '护理员接单', decline_or_timeout: '换一位护理员', nobody_found: '没有找到人，全额退款', provider_cancel: '护理员不能来，正在换人',
  reschedule: '改了时间', set_out: '护理员出发', check_in: '护理员到家', nobody_home: '家里没有人', carer_no_show: '护理员没有来', abort: '中途停止', check_out: '服务做完',
  confirm: '家人确认', auto_confirm: '自动确认', dispute: '提出异议', resolve_paid: '异议已处理：不退款', resolve_part_refund: '异议已处理：部分退款',
  resolve_full_refund: '异议已处理：全部退款', settle: '已结算', quote_timeout: '超时',
}

export const eventWord = (name: string): string | null => EVENTS[name] ?? null

/** Services by their code: short everyday names. */
const SERVICES: Record<string, string> = {
  bathing_help: '助浴', cleaning_help: '助洁', home_visit: '上门照料', medical_help: '陪诊', mobility_help: '助行', shopping_help: '代购', companionship: '陪聊',
  haircut: '理发', goods_delivery: '用品配送', escort_transport: '外出接送', rehabilitation: '康复', health_consultation: '健康咨询', housekeeping: '家政',
  home_repair: '维修', drain_unblocking: '疏通管道', counselling: '心理疏导', legal_advice: '法律咨询', daily_care: '生活照料', medical_care: '医疗保健',
  fitness: '康体健身', culture_activity: '文化娱乐', learning_help: '助学', leisure_help: '助乐', day_care: '日间照料', respite_stay: '短期托养', long_stay_care: '长期托养',
  disability_care: '失能照护', dementia_care: '失智照护', device_rental: '辅具租赁', ability_assessment: '能力评估', medical_round: '巡诊', health_check: '体检',
  tcm_care: '中医服务', hospice_care: '安宁疗护', physiotherapy: '理疗', service_package: '服务套餐', meal_aid: '助餐', meal_dine_in: '食堂用餐', meal_delivery: '送餐',
}

export const serviceName = (code: string): string => SERVICES[code] ?? '上门服务'
export const knownServices = Object.keys(SERVICES)

/** Rules against cheating, as a carer reads them. */
const RULES: Record<string, string> = {
  MOCK_LOCATION: '手机位置是虚拟的', NO_LOCATION: '没有位置', POOR_LOCATION: '位置不准', FAR_FROM_HOME: '离老人家太远', NO_HOME_CODE: '没有报上门码', LATE: '迟到',
  EARLY: '到得太早', OVERLAP: '与另一单重叠', TOO_FAST: '两地之间太快', MUCH_TOO_SHORT: '时间太短', TOO_SHORT: '时间偏短', SAME_PHOTO: '照片重复', SHARED_DEVICE: '共用手机',
  CONFIRMED_BY_CARER: '在护理员手机上确认', SPLIT_ORDERS: '拆单', COLLUSION: '异常往来', OFFLINE: '离线补传', BAD_SIGNATURE: '签名不符', QUEUE_GAP: '补传有缺号',
}

export const ruleName = (rule: string): string => RULES[rule] ?? '需要说明'

/** Facts about rating tags: which suit a meal, which a visit. */
export const MEAL_TAGS: S.RatingTag[] = ['TASTY', 'WARM', 'GENEROUS', 'CLEAN', 'KIND', 'ON_TIME', 'SALTY', 'COLD', 'HARD', 'LATE']
export const VISIT_TAGS: S.RatingTag[] = ['ON_TIME', 'CAREFUL', 'KIND', 'SKILLED', 'LATE', 'HURRIED', 'ROUGH']
