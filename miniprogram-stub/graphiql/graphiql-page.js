// GraphiQL over this server, signed in as a demo person: /graphiql?as=daughter1.
const who = document.getElementById('who')
const name = new URLSearchParams(location.search).get('as')

async function people() {
  const answer = await fetch('/demo/people')
  return answer.ok ? answer.json() : []
}

async function tokenOf(person) {
  const answer = await fetch(`/demo/login?as=${encodeURIComponent(person)}`)
  return answer.ok ? (await answer.json()).accessToken : null
}

function tell(cast, token) {
  who.replaceChildren(token ? `已登录：${name}。令牌十五分钟后失效，刷新即可。换人：` : '未登录，只能查询公开的内容。点一个人物登录：')
  for (const person of cast) {
    const link = document.createElement('a')
    link.href = `/graphiql?as=${encodeURIComponent(person.name)}`
    link.textContent = `${person.role}（${person.name}）`
    who.append(' ', link)
  }
}

const example = `# 暖阳 · 公开查询：官渡区的食堂和它们的评分
{
  canteens(regionCode: "530111", first: 5) {
    nodes {
      id
      name
      deliveryFeeFen
      rating { averageMilliStars count }
    }
  }
}`

const [cast, token] = await Promise.all([people(), name ? tokenOf(name) : null])
tell(cast, token)
const fetcher = GraphiQL.createFetcher({ url: '/graphql', headers: token ? { authorization: `Bearer ${token}` } : {} })
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: example, shouldPersistHeaders: false }),
)
