// A bot made with the library of Twilio, which checks the signature of each request. It sends back what it hears, before it responds to the
// webhook, or in the response to it at a path that ends in twiml=1. It prints its URL, and ends with its standard input.
//
// Usage: node twilio-bot.mjs TOKEN API BASE, where API stands before the paths of Twilio, and BASE before the path in the public URL of the bot.
import { createServer } from 'node:http'
import twilio from 'twilio'

const [token, api, base] = process.argv.slice(2)
const usual = new twilio.RequestClient()
const httpClient = { request: (options) => usual.request({ ...options, uri: options.uri.replace('https://api.twilio.com', api) }) }
const client = twilio('AC0123456789abcdef0123456789abcdef', token, { httpClient })

const server = createServer(async (request, response) => {
  let body = ''
  for await (const piece of request) body += piece
  const message = Object.fromEntries(new URLSearchParams(body))
  const isGenuine = twilio.validateRequest(token, request.headers['x-twilio-signature'] ?? '', base + request.url, message)
  const said = `You said: ${message.Body} Write to ada@shop.example`
  if (isGenuine && request.url.endsWith('twiml=1')) {
    const answer = new twilio.twiml.MessagingResponse()
    answer.message(said)
    return response.writeHead(200, { 'Content-Type': 'text/xml' }).end(answer.toString())
  }
  if (isGenuine) await client.messages.create({ to: message.From, from: message.To, body: said })
  response.writeHead(isGenuine ? 204 : 403).end()
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
process.stdin.on('end', () => process.exit()).resume()
