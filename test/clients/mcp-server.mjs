// A server of the Model Context Protocol with a tool, a prompt and a resource. It prints its URL, and ends with its standard input.
//
// Usage: node mcp-server.mjs JSON, where JSON is true if answers are no streams.
import { createServer } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'

function newServer() {
  const server = new McpServer({ name: 'shop', version: '1.0.0' })
  const text = 'Write to ada@shop.example'
  server.registerTool('whom', { description: 'Says whom to ask.', inputSchema: { question: z.string() } },
    ({ question }) => ({ content: [{ type: 'text', text: `${question} ${text}` }] }))
  server.registerTool('picture', { description: 'Draws.' }, () => ({ content: [{ type: 'image', data: 'aGk=', mimeType: 'image/png' }] }))
  server.registerPrompt('ask', { argsSchema: { name: z.string() } },
    ({ name }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `${name}: ${text}` } }] }))
  server.registerResource('note', 'note://1', {}, (uri) => ({ contents: [{ uri: uri.href, text }] }))
  return server
}

const http = createServer(async (request, response) => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: process.argv[2] === 'true' })
  await newServer().connect(transport)
  await transport.handleRequest(request, response)
})
http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}`))
process.stdin.resume().on('end', () => process.exit())
