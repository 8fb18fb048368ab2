// The client of the Agent User Interaction Protocol. It sends a message and prints the messages that the person then sees, as JSON.
//
// Usage: node ag-ui-client.mjs URL TEXT
import { HttpAgent } from '@ag-ui/client'

const [url, content] = process.argv.slice(2)
const agent = new HttpAgent({ url, threadId: 't1', initialMessages: [{ id: 'q1', role: 'user', content }] })
const errors = []
await agent.runAgent({ runId: 'r1' }, {
  onRunFailed: ({ error }) => { errors.push(String(error)) },
  onRunErrorEvent: ({ event }) => { errors.push(event.message) },
}).catch((error) => errors.push(String(error)))
console.log(JSON.stringify({ messages: agent.messages.map(({ role, content }) => `${role}: ${content}`), errors }))
