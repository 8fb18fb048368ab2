// The client of the Model Context Protocol. It calls a tool, gets a prompt, reads a resource, and calls a tool that draws, and prints the texts
// and the errors as JSON.
//
// Usage: node mcp-client.mjs URL TEXT
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const [url, text] = process.argv.slice(2)
const client = new Client({ name: 'test', version: '1.0.0' })
const seen = []
const errors = []
const attempt = (call) => call.then((answer) => seen.push(answer), (error) => errors.push(String(error)))

await attempt(client.connect(new StreamableHTTPClientTransport(new URL(url))).then(() => 'connected'))
await attempt(client.listTools().then(({ tools }) => tools.map(({ name }) => name).join(' ')))
await attempt(client.callTool({ name: 'whom', arguments: { question: text } }).then(({ content }) => content[0].text))
await attempt(client.getPrompt({ name: 'ask', arguments: { name: text } }).then(({ messages }) => messages[0].content.text))
await attempt(client.readResource({ uri: 'note://1' }).then(({ contents }) => contents[0].text))
await attempt(client.callTool({ name: 'picture' }, undefined, { timeout: 2000 }).then(({ content }) => content[0].data))
console.log(JSON.stringify({ seen, errors }))
process.exit()
