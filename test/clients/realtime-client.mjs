// The client of the Realtime API of OpenAI. It asks for text, sends a message, and prints, as JSON, the pieces of the answer put together, the
// answer as it is said again, and the errors.
//
// Usage: node realtime-client.mjs URL TEXT PART, where PART is the type of the part with the text.
import { connect } from 'node:net'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'

const [baseURL, text, type] = process.argv.slice(2)
const { hostname: host, port } = new URL(baseURL)
// The package connects with TLS only, which the sidecar does not speak.
const options = { createConnection: () => connect({ host, port: Number(port) }) }
const socket = new OpenAIRealtimeWS({ model: 'm1', options }, new OpenAI({ baseURL, apiKey: 'k1' }))
let pieces = ''
let whole = ''
const errors = []
function finish() {
  console.log(JSON.stringify({ seen: [pieces, whole].filter(Boolean), errors }))
  process.exit()
}

socket.socket.on('open', () => {
  socket.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } })
  socket.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type, text }] } })
  socket.send({ type: 'response.create' })
})
socket.on('response.output_text.delta', ({ delta }) => { pieces += delta })
socket.on('response.output_text.done', (event) => { whole = event.text })
socket.on('response.done', finish)
socket.on('error', ({ error, message }) => {
  errors.push(error?.message ?? message)
  finish()
})
