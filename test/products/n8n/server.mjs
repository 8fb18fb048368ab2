// n8n with a workflow of its chat, an agent with a memory, and a model: at /webhook/whole/chat with whole answers, and at
// /webhook/streamed/chat with streamed ones.
//
// Usage: node server.mjs MODEL PUBLIC, where MODEL is the base URL of a model with the API of OpenAI, and PUBLIC the URL at which people
// reach n8n. It prints the URL of n8n when it serves the pages, and ends with its standard input.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [model, publicURL] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'n8n-'))
const port = await findPort()
const settings = {
  N8N_USER_FOLDER: folder, N8N_PORT: port, N8N_LISTEN_ADDRESS: '127.0.0.1', N8N_ENCRYPTION_KEY: 'of a test', N8N_DIAGNOSTICS_ENABLED: false,
  N8N_VERSION_NOTIFICATIONS_ENABLED: false, N8N_TEMPLATES_ENABLED: false, N8N_PERSONALIZATION_ENABLED: false, N8N_RUNNERS_BROKER_PORT: await findPort(),
  WEBHOOK_URL: publicURL,
}

// program is the command of n8n that runs, in a process group of its own, because n8n starts another program.
let program
process.on('exit', () => {
  try { process.kill(-program.pid, 'SIGKILL') } catch { /* it has ended */ }
  rmSync(folder, { recursive: true, force: true, maxRetries: 9 })
})
process.stdin.resume().on('end', () => process.exit())
const tooLate = setTimeout(() => {
  console.error('n8n did not serve its pages in 3 minutes')
  process.exit(1)
}, 180_000)

// start starts a command of n8n, whose output is for people who look for a fault.
function start(...command) {
  program = spawn(process.execPath, [`${import.meta.dirname}/node_modules/n8n/bin/n8n`, ...command], {
    env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'inherit'], detached: true,
  })
  program.stdout.pipe(process.stderr)
}

// run runs a command of n8n to its end.
async function run(...command) {
  start(...command)
  const code = await new Promise((resolve) => program.on('exit', resolve))
  if (code !== 0) throw new Error(`n8n ${command[0]} ended with ${code}`)
}

async function findPort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

// write writes a list to a file in the folder, whose path it returns.
function write(name, list) {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(list))
  return path
}

// makeWorkflow returns the workflow with an identifier, which is also in its path.
function makeWorkflow(id, responseMode) {
  const workflow = JSON.parse(readFileSync(`${import.meta.dirname}/workflow.json`))
  const [trigger] = workflow.nodes
  trigger.webhookId = id
  trigger.parameters.options.responseMode = responseMode
  return { ...workflow, id }
}

const credential = { id: 'model', name: 'Model', type: 'openAiApi', data: { apiKey: 'none', url: model } }
await run('import:credentials', `--input=${write('credentials.json', [credential])}`)
await run('import:workflow', `--input=${write('workflows.json', [makeWorkflow('whole', 'lastNode'), makeWorkflow('streamed', 'streaming')])}`)
await run('publish:workflow', '--id=whole')
await run('publish:workflow', '--id=streamed')

start('start')
program.on('exit', (code) => {
  console.error(`n8n ended with ${code}`)
  process.exit(1)
})
// n8n says that it is healthy before it has the pages of its workflows.
const url = `http://127.0.0.1:${port}`
const isServed = (id) => fetch(`${url}/webhook/${id}/chat`).then(({ ok }) => ok, () => false)
while (!(await isServed('whole') && await isServed('streamed'))) await new Promise((resolve) => setTimeout(resolve, 200))
clearTimeout(tooLate)
console.log(url)
