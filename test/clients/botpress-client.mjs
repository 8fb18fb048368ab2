// The client of Botpress. It sends a message in a new conversation and prints, as JSON, the messages that the person then sees, up to the one
// that says "Bye" or the end of the stream.
//
// Usage: node botpress-client.mjs URL TEXT
import { Client } from '@botpress/chat'

const [apiUrl, text] = process.argv.slice(2)
const seen = []
const errors = []

async function chat() {
  const client = await Client.connect({ apiUrl })
  const { conversation } = await client.createConversation({})
  const listener = await client.listenConversation({ id: conversation.id })
  const done = new Promise((resolve) => {
    listener.on('message_created', ({ payload, isBot }) => {
      seen.push(`${isBot ? 'bot' : 'user'}: ${payload.text}`)
      if (payload.text === 'Bye') resolve()
    })
    listener.on('unknown', (data) => seen.push(`unknown: ${data}`))
    listener.on('error', resolve)
  })
  await client.createMessage({ conversationId: conversation.id, payload: { type: 'text', text } }).catch((error) => errors.push(error.message))
  await done
  await listener.disconnect()
}

await chat().catch((error) => errors.push(String(error)))
console.log(JSON.stringify({ seen, errors }))
process.exit()
