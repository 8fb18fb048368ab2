// The client of Direct Line. It sends a message and prints, as JSON, the messages that the person then sees, up to the one of the chatbot
// that says "Bye", and the status of a message that could not be sent.
//
// Usage: node direct-line-client.mjs URL TEXT WEBSOCKET
import directLine from 'botframework-directlinejs'
import rx from 'rxjs5'
import WebSocket from 'ws'

const [domain, text, webSocket] = process.argv.slice(2)

// Node.js 20 has neither of the two on which the package relies in browsers: WebSocket and XMLHttpRequest.
globalThis.WebSocket = WebSocket

async function send(request) {
  const { method = 'GET', url, headers, body } = request
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) })
  const status = answer.status
  const response = answer.headers.get('content-type')?.includes('json') ? await answer.json() : null
  const result = { status, response, request, xhr: { response, status, getResponseHeader: (name) => answer.headers.get(name) } }
  if (!answer.ok) throw Object.assign(new Error(response?.error?.message), result)
  return result
}

const ajax = (request) => rx.Observable.fromPromise(send(typeof request === 'string' ? { url: request } : request))
const client = new directLine.DirectLine(
  { domain, secret: 's3cret', webSocket: webSocket === 'true', pollingInterval: 200, timeout: 250, ajax },
)
const seen = []
const errors = []
function finish() {
  console.log(JSON.stringify({ seen, errors }))
  process.exit()
}

client.activity$.subscribe(({ type, from, text }) => {
  if (type !== 'message') return
  seen.push(`${from.role}: ${text}`)
  if (text.endsWith('Bye')) finish()
}, (error) => { errors.push(String(error)); finish() })
client.postActivity({ type: 'message', from: { id: 'u1', name: 'Joe' }, text }).subscribe((id) => {
  if (id !== 'retry') return
  errors.push('the message was not sent')
  finish()
}, (error) => { errors.push(String(error)); finish() })
