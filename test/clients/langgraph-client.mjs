// The client of LangGraph's Agent Server. It sends a message in a new thread and prints, as JSON, the messages that the person then sees,
// and those after a reload.
//
// Usage: node langgraph-client.mjs URL TEXT MODE... The mode `wait` asks for the state after the run.
import { Client } from '@langchain/langgraph-sdk'
import { MessageTupleManager, StreamManager } from '@langchain/langgraph-sdk/ui'

const [apiUrl, content, ...streamMode] = process.argv.slice(2)
const client = new Client({ apiUrl, callerOptions: { maxRetries: 0 } })
const input = { messages: [{ type: 'human', content }] }
const errors = []
const show = (messages = []) => messages.map(({ type, content }) => `${type}: ${content}`)

// readPartial puts together what the mode `messages` says, of which each event replaces the one before.
async function readPartial(events) {
  const known = new Map()
  for await (const { event, data } of events) {
    if (event === 'error') errors.push(data.message)
    if (event === 'messages/partial' || event === 'messages/complete') for (const message of data) known.set(message.id, message)
  }
  return [...known.values()]
}

// readState does what the hook useStream does.
async function readState(start) {
  const manager = new StreamManager(new MessageTupleManager(), { throttle: false })
  await manager.start(start, {
    getMessages: (values) => values.messages ?? [],
    setMessages: (values, messages) => ({ ...values, messages }),
    initialValues: {},
    callbacks: {},
    onSuccess: () => {},
    onError: (error) => { errors.push(String(error)) },
  })
  return manager.values?.messages
}

async function run(thread) {
  if (streamMode[0] === 'wait') return (await client.runs.wait(thread, 'agent', { input })).messages
  const start = (signal) => client.runs.stream(thread, 'agent', { input, streamMode, signal })
  return streamMode[0] === 'messages' ? readPartial(start()) : readState(start)
}

const { thread_id: thread } = await client.threads.create()
const seen = await run(thread)
const { values } = await client.threads.getState(thread)
const [latest] = await client.threads.getHistory(thread, { limit: 1 })
console.log(JSON.stringify({ seen: show(seen), state: show(values.messages), history: show(latest?.values.messages), errors }))
