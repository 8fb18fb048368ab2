// A chatbot made with the Vercel AI SDK: the page with `useChat`, its script and style, the chat, and the past of each chat.
//
// Usage: node server.mjs MODEL, where MODEL is the base URL of a model with the API of OpenAI. It prints its URL, and ends with its
// standard input.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { convertToModelMessages, createIdGenerator, pipeUIMessageStreamToResponse, streamText, toUIMessageStream } from 'ai'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { loadPage, sendFile } from '../page/page.mjs'

const model = createOpenAICompatible({ name: 'model', baseURL: process.argv[2] })('any')
const files = await loadPage(import.meta.dirname)
const past = new Map()

async function answer(request, response) {
  const { id, messages } = await json(request)
  const result = streamText({ model, messages: await convertToModelMessages(messages) })
  pipeUIMessageStreamToResponse({
    response,
    stream: toUIMessageStream({
      stream: result.stream, originalMessages: messages, generateMessageId: createIdGenerator({ prefix: 'm' }),
      onEnd: ({ messages }) => { past.set(id, messages) },
    }),
  })
}

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://app')
  const [, id] = pathname.match(/^\/api\/chat\/([^/]+)$/) ?? []
  if (request.method === 'POST' && pathname === '/api/chat') {
    await answer(request, response)
  } else if (id) {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(past.get(id) ?? []))
  } else if (pathname.match(/^\/api\/chat\/[^/]+\/stream$/)) {
    response.writeHead(204).end()
  } else {
    sendFile(files, pathname, response)
  }
}).listen(0, '127.0.0.1', function () { console.log(`http://127.0.0.1:${this.address().port}`) })
process.stdin.resume().on('end', () => process.exit())
