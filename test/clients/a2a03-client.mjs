// The client of version 0.3 of the Agent2Agent protocol. It sends a message to an agent and prints, as JSON, what the agent says: its messages, and
// each artifact.
//
// Usage: node a2a03-client.mjs URL TEXT STREAMING
import { ClientFactory } from 'a2a03/client'

const [url, text, streaming] = process.argv.slice(2)
const seen = []
const errors = []
const artifacts = new Map()
const read = (parts = []) => parts.map((part) => part.text).join('')

function take({ kind, status, parts, artifact, artifacts: whole, append, history }) {
  if (kind === 'message') seen.push(read(parts))
  if (status?.message) seen.push(read(status.message.parts))
  for (const said of history ?? []) if (said.role === 'agent') seen.push(read(said.parts))
  for (const { artifactId, parts } of whole ?? []) artifacts.set(artifactId, read(parts))
  if (artifact) artifacts.set(artifact.artifactId, (append ? artifacts.get(artifact.artifactId) : '') + read(artifact.parts))
}

async function ask() {
  const client = await new ClientFactory().createFromUrl(url)
  const message = { kind: 'message', messageId: 'm1', role: 'user', parts: [{ kind: 'text', text }] }
  if (streaming !== 'true') return take(await client.sendMessage({ message }))
  for await (const event of client.sendMessageStream({ message })) take(event)
}

await ask().catch((error) => errors.push(String(error)))
console.log(JSON.stringify({ seen: [...seen, ...artifacts.values()], errors }))
