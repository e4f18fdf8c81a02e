// Orders made straight at the API, where a test needs one to look at.
import { moveClock, person } from './demo.mjs'

const key = (name) => `test-${name}-${Date.now()}-${Math.random().toString(36).slice(2, 10)}`

/** Pays an order as this person on the simulator, without its page. */
export async function pay(url, name, orderId) {
  const { paymentStart } = await person(url, name)('mutation($id: ID!) { paymentStart(input: {orderId: $id}) { params { appId timeStamp nonceStr package signType paySign } userErrors { message } } }', { id: orderId })
  if (!paymentStart.params) throw new Error(paymentStart.userErrors[0].message)
  const simulator = (await (await fetch(`${url}/demo/simulator`)).json()).url
  await fetch(`${simulator}/sim/pay`, { method: 'POST', body: new URLSearchParams({ ...paymentStart.params, as: name, act: 'pay' }), redirect: 'manual' })
  for (let tries = 0; tries < 50; tries += 1) {
    const { paymentCheck } = await person(url, name)('mutation($id: ID!) { paymentCheck(input: {orderId: $id}) { payment { isSettled } } }', { id: orderId })
    if (paymentCheck.payment?.isSettled) return
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new Error('the payment does not arrive')
}

/** The elder whom this person sees first, or himself. */
export async function elderOf(url, name) {
  const { viewer } = await person(url, name)('{ viewer { elders(first: 5) { nodes { id name regionCode } } } }')
  return viewer.elders.nodes[0]
}

/** A meal, not paid. */
export async function meal(url, name, { way = 'DINE_IN', region = '530111004009', note = null, from = '' } = {}) {
  const ask = person(url, name)
  const elder = await elderOf(url, name)
  const { canteens } = await ask('query($code: String!) { canteens(regionCode: $code, first: 5) { nodes { id name } } }', { code: region })
  const { mealSlots } = await ask('query($id: ID!) { mealSlots(canteenId: $id, first: 10) { nodes { id ways portionsLeft startsAt period servedOn dishes { id name isMeal isSoldOut } } } }', { id: canteens.nodes[0].id })
  const slot = mealSlots.nodes.find((one) => one.ways.includes(way) && one.portionsLeft > 0 && one.dishes.length && one.startsAt >= from)
  const dish = slot.dishes.find((one) => one.isMeal && !one.isSoldOut)
  const { mealOrderPlace } = await ask('mutation($input: MealOrderPlaceInput!) { mealOrderPlace(input: $input) { order { id state dueFen servingCode startsAt } userErrors { message } } }', { input: { requestKey: key('meal'), elderId: elder.id, slotId: slot.id, way, items: [{ dishId: dish.id }], note } })
  if (!mealOrderPlace.order) throw new Error(mealOrderPlace.userErrors[0].message)
  return { ...mealOrderPlace.order, canteen: canteens.nodes[0], slot }
}

/** A visit on the first free start from tomorrow on, or at the start asked for; not paid. */
export async function visit(url, name, service = 'cleaning_help', { after = 1, elder: whose, at = null } = {}) {
  const ask = person(url, name)
  const elder = whose ?? (await elderOf(url, name))
  const { offerings } = await ask('query($code: String!, $service: String!) { offerings(regionCode: $code, serviceCode: $service, first: 1) { nodes { id } } }', { code: elder.regionCode, service })
  const { today } = await (await fetch(`${url}/demo/clock`)).json()
  const want = { elderId: elder.id, offeringId: offerings.nodes[0].id }
  for (let ahead = after; ahead < after + 7; ahead += 1) {
    const visitOn = new Date(Date.parse(today) + ahead * 86_400_000).toISOString().slice(0, 10)
    const { serviceStarts } = await ask('query($want: ServiceWantInput!, $on: Date!) { serviceStarts(want: $want, visitOn: $on) { startsAt userErrors { message } } }', { want, on: visitOn })
    for (const startsAt of (serviceStarts.startsAt ?? []).filter((one) => !at || one === at)) {
      const { serviceOrderPlace } = await ask('mutation($input: ServiceOrderPlaceInput!) { serviceOrderPlace(input: $input) { order { id state dueFen startsAt endsAt visitCode payers { payer amountFen } } userErrors { code message } } }', { input: { requestKey: key('visit'), want, startsAt } })
      // Nobody has the same service twice at a time.
      if (serviceOrderPlace.userErrors[0]?.code === 'ALREADY_BOOKED') continue
      if (!serviceOrderPlace.order) throw new Error(serviceOrderPlace.userErrors[0].code)
      return serviceOrderPlace.order
    }
  }
  throw new Error('nobody is free for a week')
}

/** Who of the demo's carers with a window is asked for a visit. */
export async function asked(url, orderId) {
  for (let tries = 0; tries < 60; tries += 1) {
    for (const name of ['carer1', 'carer2']) {
      const { myVisits } = await person(url, name)('{ myVisits { id } }')
      if (myVisits.some((one) => one.id === orderId)) return name
    }
    await new Promise((done) => setTimeout(done, 400))
  }
  throw new Error('nobody was asked')
}

/** Carries a paid visit out at its time, at the elder's door, and confirms it: nothing about it needs a person. */
export async function carriedOut(url, family, order, place) {
  const name = await asked(url, order.id)
  const done = async (who, text, input) => {
    const [payload] = Object.values(await person(url, who)(text, { input }))
    if (payload.userErrors.length) throw new Error(payload.userErrors[0].message)
  }
  const near = { ...place, accuracyMetres: 10 }
  await done(name, 'mutation($input: OfferAcceptInput!) { offerAccept(input: $input) { userErrors { message } } }', { orderId: order.id })
  await moveClock(url, { at: order.startsAt })
  await done(name, 'mutation($input: VisitSetOutInput!) { visitSetOut(input: $input) { userErrors { message } } }', { orderId: order.id })
  await done(name, 'mutation($input: VisitCheckInInput!) { visitCheckIn(input: $input) { userErrors { message } } }', { orderId: order.id, place: near, code: order.visitCode })
  const { visitTasks } = await person(url, name)('query($id: ID!) { visitTasks(orderId: $id) { code } }', { id: order.id })
  await moveClock(url, { at: order.endsAt })
  await done(name, 'mutation($input: VisitCheckOutInput!) { visitCheckOut(input: $input) { userErrors { message } } }', { orderId: order.id, place: near, tasks: visitTasks.map(({ code }) => ({ code, isDone: true })) })
  await done(family, 'mutation($input: ServiceOrderConfirmInput!) { serviceOrderConfirm(input: $input) { userErrors { message } } }', { orderId: order.id, deviceKey: key('phone') })
}

/** A contract of the first provider of homes with the demo's officer, over so many fen. */
export async function contract(url, capFen) {
  const ask = person(url, 'officer1')
  const { providers, publicAccounts } = await ask('{ providers(first: 50) { nodes { id kind } } publicAccounts { programme } }')
  const { today } = await (await fetch(`${url}/demo/clock`)).json()
  const input = { providerId: providers.nodes.find(({ kind }) => kind === 'HOME_SERVICE').id, programme: publicAccounts[0].programme, regionCode: '530111004', year: Number(today.slice(0, 4)), capFen, reference: '官采7号' }
  const { procurementContractAgree } = await ask('mutation($input: ProcurementContractAgreeInput!) { procurementContractAgree(input: $input) { userErrors { message } } }', { input })
  if (procurementContractAgree.userErrors.length) throw new Error(procurementContractAgree.userErrors[0].message)
}

/** Plants two mistakes into today's bill of the platform, and moves the time to where it was compared. */
export async function comparedBills(url) {
  const simulator = (await (await fetch(`${url}/demo/simulator`)).json()).url
  const paid = (await (await fetch(`${simulator}/sim/ledger`)).json()).orders.find(({ state }) => state === 'SUCCESS')
  const { now } = await (await fetch(`${url}/demo/clock`)).json()
  const plants = [{ kind: 'amount', out_trade_no: paid.out_trade_no, fen: 7 }, { kind: 'extra', out_trade_no: '4200001234567890123456', fen: 500, at: Math.floor(Date.parse(now) / 1000) }]
  await fetch(`${simulator}/sim/bills/plants`, { method: 'POST', body: JSON.stringify(plants) })
  const [hours, day] = [3_600_000, 86_400_000]
  // Half past ten in the morning of the next day in Kunming is half past two in UTC.
  await moveClock(url, { at: `${new Date(Date.parse(now) + 8 * hours + day).toISOString().slice(0, 10)}T02:40:00Z` })
  for (let tries = 0; tries < 100; tries += 1) {
    const { billDays } = await person(url, 'officer1')('{ billDays { dayOn } }')
    if (billDays.length) return billDays[0].dayOn
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new Error('nobody compares the bill')
}

/** Facts from the desk's papers that entitle an elder of Guandu to the district's voucher. */
export async function entitle(url, elderId) {
  const { today } = await (await fetch(`${url}/demo/clock`)).json()
  for (const [fieldCode, value] of [['disability_grade', '2'], ['children_in_city_caring', '否']]) {
    const input = { requestKey: key('fact'), elderId, fact: { fieldCode, values: [value], fromOn: `${today.slice(0, 8)}01`, source: '残疾证' } }
    const { factEnter } = await person(url, 'desk1')('mutation($input: FactEnterInput!) { factEnter(input: $input) { userErrors { message } } }', { input })
    if (factEnter.userErrors.length) throw new Error(factEnter.userErrors[0].message)
  }
}

/** Lets somebody decide for an elder for whom nothing is booked, with a code of the desk. */
export async function inCareOf(url, name, elderName) {
  const { eldersFound: [elder] } = await person(url, 'desk1')('query($name: String) { eldersFound(by: {name: $name}) { id } }', { name: elderName })
  const { bondCodeIssue } = await person(url, 'desk1')('mutation($id: ID!) { bondCodeIssue(input: {elderId: $id, scopes: [VIEW_ORDERS, DECIDE]}) { bondCode { code } } }', { id: elder.id })
  await person(url, name)('mutation($code: String!) { bondStart(input: {code: $code, relation: OTHER_RELATIVE}) { userErrors { message } } }', { code: bondCodeIssue.bondCode.code })
  return elder
}

/** A payer complains to the platform about a paid order; waits until the desk can read it. */
export async function complained(url, orderId, text) {
  const simulator = (await (await fetch(`${url}/demo/simulator`)).json()).url
  const { orders } = await (await fetch(`${simulator}/sim/ledger`)).json()
  const before = (await complaintsOf(url)).length
  const paid = orders.filter(({ state }) => state === 'SUCCESS')
  const number = (paid.find((one) => JSON.stringify(one).includes(orderId)) ?? paid.at(-1)).out_trade_no
  const answer = await fetch(`${simulator}/sim/complaints`, { method: 'POST', body: JSON.stringify({ out_trade_no: number, text }) })
  if (!answer.ok) throw new Error(await answer.text())
  for (let tries = 0; tries < 100; tries += 1) {
    const known = await complaintsOf(url)
    if (known.length > before && known.some(({ words }) => words === text)) return known.find(({ words }) => words === text)
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new Error('nobody tells the complaint')
}
const complaintsOf = async (url) => (await person(url, 'desk1')('{ complaints(first: 20) { nodes { id words state orderId } } }')).complaints.nodes

/** The desk looks after every call for help that waits. */
export async function helped(url, note = '打通了电话，老人没事。') {
  const desk = person(url, 'desk1')
  const { helpCalls } = await desk('{ helpCalls(state: OPEN, first: 20) { nodes { id } } }')
  for (const { id } of helpCalls.nodes) await desk('mutation($input: HelpCallAcknowledgeInput!) { helpCallAcknowledge(input: $input) { userErrors { message } } }', { input: { callId: id, note } })
}

/** Words that the platform does not simply let pass, written as the note of a meal, and waiting for a person; the meal. */
export async function written(url, note) {
  const made = await meal(url, 'daughter1', { note })
  for (let tries = 0; tries < 60; tries += 1) {
    const { wordsHeld } = await person(url, 'officer1')('{ wordsHeld(first: 50) { nodes { text } } }')
    if (wordsHeld.nodes.some(({ text }) => text === note)) return made
    await new Promise((done) => setTimeout(done, 300))
  }
  throw new Error('the words are not listed')
}
