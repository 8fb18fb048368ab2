// The client of the Agent2Agent protocol. It sends a message to an agent and prints, as JSON, what the agent says: its messages, and each artifact.
//
// Usage: node a2a-client.mjs URL TEXT STREAMING
import { ClientFactory } from '@a2a-js/sdk/client'

const [url, text, streaming] = process.argv.slice(2)
const seen = []
const errors = []
const artifacts = new Map()
const read = (parts = []) => parts.map(({ content }) => content.value).join('')

function take({ artifactUpdate, statusUpdate, message, task }) {
  if (message) seen.push(read(message.parts))
  const said = (statusUpdate ?? task)?.status?.message
  if (said) seen.push(read(said.parts))
  for (const { artifactId, parts } of task?.artifacts ?? []) artifacts.set(artifactId, read(parts))
  if (!artifactUpdate) return
  const { artifact: { artifactId, parts }, append } = artifactUpdate
  artifacts.set(artifactId, (append ? artifacts.get(artifactId) : '') + read(parts))
}

async function ask() {
  const client = await new ClientFactory().createFromUrl(url)
  const message = { messageId: 'm1', role: 1, parts: [{ content: { $case: 'text', value: text } }] }
  if (streaming !== 'true') {
    const answer = await client.sendMessage({ message })
    take(answer.status ? { task: answer } : { message: answer })
    return
  }
  for await (const { payload } of client.sendMessageStream({ message })) take({ [payload.$case]: payload.value })
}

await ask().catch((error) => errors.push(String(error)))
console.log(JSON.stringify({ seen: [...seen, ...artifacts.values()], errors }))
