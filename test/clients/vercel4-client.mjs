// The client of the Vercel AI SDK 4. It sends a message and prints the text that the person then sees, as JSON.
//
// Usage: node vercel4-client.mjs URL TEXT
import { callChatApi, generateId } from '@ai-sdk/ui-utils'

const [api, content] = process.argv.slice(2)
const message = { id: 'q1', role: 'user', content, parts: [{ type: 'text', text: content }] }
const errors = []
let seen = ''
await callChatApi({
  api,
  body: { id: 'c1', messages: [message] },
  generateId,
  restoreMessagesOnFailure: () => {},
  onUpdate: (update) => { seen = update.message.content },
  onFinish: () => {},
  lastMessage: message,
}).catch((error) => errors.push(String(error)))
console.log(JSON.stringify({ seen: [seen], errors }))
