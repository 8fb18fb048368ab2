// An Agent Server of LangGraph with one graph, and a web server of its own for the page with `useStream`.
//
// Usage: node server.mjs MODEL, where MODEL is the base URL of a model with the API of OpenAI. It prints the URL of the Agent Server, then
// that of the page, and ends with its standard input.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPage, sendFile } from '../page/page.mjs'

process.env.LOG_LEVEL = 'silent'
process.env.MODEL = process.argv[2]
const { startServer } = await import('@langchain/langgraph-api/server')

const files = await loadPage(import.meta.dirname)
const cwd = await mkdtemp(join(tmpdir(), 'langgraph-'))
// The server prints that versions of packages are missing, which it looks for in its folder.
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = () => true
const { host } = await startServer({
  port: 0, nWorkers: 1, host: '127.0.0.1', cwd, graphs: { agent: `${import.meta.dirname}/agent.mjs:agent` },
})
write(`http://${host}\n`)
createServer((request, response) => sendFile(files, new URL(request.url, 'http://page').pathname, response))
  .listen(0, '127.0.0.1', function () { write(`http://127.0.0.1:${this.address().port}\n`) })
process.stdin.resume().on('end', async () => {
  await rm(cwd, { recursive: true, force: true })
  process.exit()
})
