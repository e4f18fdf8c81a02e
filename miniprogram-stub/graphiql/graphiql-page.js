// GraphiQL over this server, with the token of the demo person chosen on the start page.
const token = sessionStorage.getItem('token')
const who = sessionStorage.getItem('who')
document.getElementById('who').textContent = token
  ? `已登录：${who}。令牌十五分钟后失效，回首页再点一次即可。`
  : '未登录：只能查询公开的内容。回首页点一个人物即可登录。'

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

const fetcher = GraphiQL.createFetcher({ url: '/graphql', headers: token ? { authorization: `Bearer ${token}` } : {} })
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: example, shouldPersistHeaders: false }),
)
