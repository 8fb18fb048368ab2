// A chatbot made with the Vercel AI SDK. It calls a model that is none: the model answers in the pieces that the request names.
//
// Usage: node vercel-server.mjs VERSION. It prints its URL, and ends with its standard input.
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

const version = process.argv[2]
const { streamText, convertToModelMessages, simulateReadableStream } = await import(`ai${version}`)
const mocks = await import(`ai${version}/test`)

const usage = version === '5'
  ? { inputTokens: 1, outputTokens: 1, totalTokens: 2 }
  : { inputTokens: { total: 1 }, outputTokens: { total: 1 } }
const finishReason = version === '5' ? 'stop' : { unified: 'stop' }

function describeAnswer(pieces) {
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'reasoning-start', id: '0' },
    { type: 'reasoning-delta', id: '0', delta: 'Hm. ' },
    { type: 'reasoning-end', id: '0' },
    { type: 'text-start', id: '0' },
    ...pieces.map((delta) => ({ type: 'text-delta', id: '0', delta })),
    { type: 'text-end', id: '0' },
    { type: 'finish', finishReason, usage },
  ]
}

const server = createServer(async (request, response) => {
  const { messages, pieces } = await json(request)
  const MockModel = version === '5' ? mocks.MockLanguageModelV2 : mocks.MockLanguageModelV3
  const model = new MockModel({
    doStream: { stream: simulateReadableStream({ chunks: describeAnswer(pieces), initialDelayInMs: null, chunkDelayInMs: null }) },
  })
  const result = streamText({ model, messages: await convertToModelMessages(messages) })
  result.pipeUIMessageStreamToResponse(response, { sendReasoning: true })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
process.stdin.resume().on('end', () => process.exit())
