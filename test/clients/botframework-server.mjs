// A bot of botbuilder that says what people say to it, and sends its activities to the sidecar as docs/messaging.md describes. It serves
// /api/messages and prints the URL.
//
// Usage: node botframework-server.mjs SERVICE_URL SIDECAR_URL, the addresses that stand for each other.
import { createServer } from 'node:http'
import botbuilder from 'botbuilder'

const { CloudAdapter, ConfigurationBotFrameworkAuthentication } = botbuilder
const [service, sidecar] = process.argv.slice(2)

const lead = (factory) => ({ create: (url, audience) => factory.create(url.replace(service, sidecar), audience) })

class ThroughSidecar extends ConfigurationBotFrameworkAuthentication {
  async authenticateRequest(activity, header) {
    const result = await super.authenticateRequest(activity, header)
    return { ...result, connectorFactory: lead(result.connectorFactory) }
  }
  createConnectorFactory(identity) { return lead(super.createConnectorFactory(identity)) }
}

const adapter = new CloudAdapter(new ThroughSidecar({}))
adapter.onTurnError = async (context, error) => { console.error(error) }

async function serve(req, res) {
  let text = ''
  for await (const piece of req) text += piece
  req.body = JSON.parse(text)
  // What the adapter needs of a response of Express.
  res.status = (code) => { res.statusCode = code; return res }
  res.header = (name, value) => res.setHeader(name, value)
  res.send = (body) => {
    if (body !== undefined) res.setHeader('Content-Type', 'application/json')
    res.end(body === undefined ? undefined : JSON.stringify(body))
  }
  await adapter.process(req, res, async (context) => {
    if (context.activity.type === 'message') await context.sendActivity(context.activity.text)
  })
}

const server = createServer(serve)
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
process.stdin.on('end', () => process.exit()).resume()
