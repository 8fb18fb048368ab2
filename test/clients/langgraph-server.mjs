// An Agent Server of LangGraph with one graph, `agent`. Its model is none: it answers with the same text, character by character.
//
// Usage: node langgraph-server.mjs. It prints its URL, and ends with its standard input.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.env.LOG_LEVEL = 'silent'
const { startServer } = await import('@langchain/langgraph-api/server')

const cwd = await mkdtemp(join(tmpdir(), 'langgraph-'))
const graph = fileURLToPath(new URL('langgraph-agent.mjs', import.meta.url))
// The server prints that versions of packages are missing, which it looks for in its folder.
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = () => true
const { host } = await startServer({ port: 0, nWorkers: 1, host: '127.0.0.1', cwd, graphs: { agent: `${graph}:agent` } })
write(`http://${host}\n`)
process.stdin.resume().on('end', async () => {
  await rm(cwd, { recursive: true, force: true })
  process.exit()
})
