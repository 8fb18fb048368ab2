// An agent of version 0.3 of the Agent2Agent protocol. It says what it heard, and whom to ask, in an artifact of two pieces. It prints its URL, and
// ends with its standard input.
//
// Usage: node a2a03-server.mjs URL, where URL is where clients find the agent.
import { createServer } from 'node:http'
import { DefaultRequestHandler, InMemoryTaskStore, JsonRpcTransportHandler } from 'a2a03/server'

const card = {
  protocolVersion: '0.3.0', name: 'shop', description: 'Answers.', version: '1', url: process.argv[2], preferredTransport: 'JSONRPC',
  capabilities: { streaming: true }, defaultInputModes: ['text/plain'], defaultOutputModes: ['text/plain'], skills: [],
}

async function execute({ taskId, contextId, userMessage }, bus) {
  const say = (text) => ({ kind: 'message', messageId: `m-${taskId}`, role: 'agent', parts: [{ kind: 'text', text }] })
  const piece = (text, append) => ({ kind: 'artifact-update', taskId, contextId, append, artifact: { artifactId: 'a1', parts: [{ kind: 'text', text }] } })
  bus.publish({ kind: 'task', id: taskId, contextId, status: { state: 'submitted' }, history: [userMessage] })
  bus.publish({ kind: 'status-update', taskId, contextId, status: { state: 'working', message: say(`You said: ${userMessage.parts[0].text}`) }, final: false })
  bus.publish(piece('Write to ada@', false))
  bus.publish(piece('shop.example', true))
  bus.publish({ kind: 'status-update', taskId, contextId, status: { state: 'completed' }, final: true })
  bus.finished()
}

const handler = new JsonRpcTransportHandler(new DefaultRequestHandler(card, new InMemoryTaskStore(), { execute, cancelTask: async () => {} }))

async function answer(request, response) {
  let body = ''
  for await (const piece of request) body += piece
  if (request.method === 'GET') return response.setHeader('Content-Type', 'application/json').end(JSON.stringify(card))
  const result = await handler.handle(JSON.parse(body))
  if (!(Symbol.asyncIterator in result)) return response.setHeader('Content-Type', 'application/json').end(JSON.stringify(result))
  response.setHeader('Content-Type', 'text/event-stream')
  for await (const event of result) response.write(`data: ${JSON.stringify(event)}\n\n`)
  response.end()
}

const server = createServer(answer)
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
process.stdin.on('end', () => process.exit()).resume()
