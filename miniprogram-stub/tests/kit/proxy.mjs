// A cut line, an answer that gets lost, a request that arrives twice or late: what happens on the way to the API.
import { createServer } from 'node:http'

/** Stands between page and API: `fault(body)` says what happens to a request. */
export async function faultProxy(target, fault) {
  const server = createServer((request, response) => {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => void answer(request, response, Buffer.concat(parts)).catch(() => response.destroy()))
  })
  async function answer(request, response, body) {
    const what = request.url === '/graphql' ? fault(JSON.parse(body.toString() || '{}')) : null
    if (what === 'lost') return response.destroy()
    // The page hears nothing, and what it has sent arrives later than it waits.
    if (what === 'delayed') {
      response.destroy()
      await new Promise((done) => setTimeout(done, 6000))
    }
    const forward = () => fetch(target + request.url, { method: request.method, headers: { ...request.headers, host: new URL(target).host }, body: body.length ? body : undefined, redirect: 'manual' })
    if (what === 'twice') await forward().then((answer) => answer.arrayBuffer())
    const reply = await forward()
    const bytes = Buffer.from(await reply.arrayBuffer())
    if (what === 'unanswered' || what === 'delayed') return response.destroy()
    if (what === 'late') await new Promise((done) => setTimeout(done, 3000))
    response.writeHead(reply.status, Object.fromEntries([...reply.headers].filter(([name]) => !['content-encoding', 'transfer-encoding', 'content-length', 'connection'].includes(name))))
    response.end(bytes)
  }
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close() } }
}
