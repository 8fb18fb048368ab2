// The reader of the Vercel AI SDK, as `useChat` has it. It sends a message and prints the answer that the person sees, as JSON.
//
// Usage: node vercel-client.mjs VERSION URL TEXT PIECES, where PIECES is a JSON list of the pieces in which the model answers.
const [version, api, text, pieces] = process.argv.slice(2)
const { DefaultChatTransport, readUIMessageStream } = await import(`ai${version}`)

const messages = [{ id: 'm1', role: 'user', parts: [{ type: 'text', text }] }]
const transport = new DefaultChatTransport({ api, body: { pieces: JSON.parse(pieces) } })
const errors = []
let answer
try {
  const stream = await transport.sendMessages({ chatId: 'c1', trigger: 'submit-message', messages })
  for await (const message of readUIMessageStream({ stream, onError: (error) => errors.push(String(error)) })) {
    answer = message
  }
} catch (error) {
  errors.push(String(error))
}
console.log(JSON.stringify({ parts: answer?.parts ?? [], errors }))
