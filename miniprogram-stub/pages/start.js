// The start page of the demo: what is open today, and one click to sign in.
const list = (id, items) => document.getElementById(id).replaceChildren(...items)
const line = (text, name) => Object.assign(document.createElement('div'), { textContent: text, className: name ?? '' })

async function ask(query, variables) {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query, variables }),
  })
  return (await answer.json()).data
}

const clock = (at) => new Date(at).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })
const meals = { BREAKFAST: '早餐', LUNCH: '午餐', DINNER: '晚餐' }

async function showCanteens() {
  const { canteens } = await ask('{ canteens(regionCode: "53", first: 12) { nodes { id name deliveryFeeFen } } }')
  const items = await Promise.all(canteens.nodes.map(async (canteen) => {
    const { mealSlots } = await ask(
      'query($id: ID!) { mealSlots(canteenId: $id, first: 3) { nodes { period ways portionsLeft cutOffAt } } }', { id: canteen.id })
    const item = document.createElement('li')
    item.append(Object.assign(document.createElement('strong'), { textContent: canteen.name }))
    for (const slot of mealSlots.nodes) {
      const way = slot.ways.includes('DELIVERY') ? '送餐' : '到店'
      item.append(line(`${meals[slot.period]} · ${way} · 余 ${slot.portionsLeft} 份 · ${clock(slot.cutOffAt)} 截单`, 'soft'))
    }
    if (mealSlots.nodes.length === 0) item.append(line('近期没有可订的餐', 'soft'))
    return item
  }))
  list('canteens', items.length ? items : [Object.assign(document.createElement('li'), { textContent: '还没有食堂。' })])
}

async function showCast() {
  const people = await (await fetch('/demo/people')).json()
  list('cast', people.map((person) => {
    const item = document.createElement('li')
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: `${person.role}（${person.name}）` })
    button.addEventListener('click', async () => {
      button.textContent = '正在登录…'
      const tokens = await (await fetch(`/demo/login?as=${encodeURIComponent(person.name)}`)).json()
      sessionStorage.setItem('token', tokens.accessToken)
      sessionStorage.setItem('who', `${person.role}（${person.name}）`)
      location.href = '/graphiql'
    })
    item.append(button)
    return item
  }))
}

const failed = (id) => (error) => {
  console.error(error)
  list(id, [Object.assign(document.createElement('li'), { textContent: '现在读不到，请稍后刷新。' })])
}

fetch('/demo/simulator').then((answer) => answer.json()).then(({ url }) => {
  document.getElementById('simulator').href = `${url}/sim`
}).catch(console.error)
showCanteens().catch(failed('canteens'))
showCast().catch(failed('cast'))
