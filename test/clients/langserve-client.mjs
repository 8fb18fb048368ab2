// The client of LangServe. It asks a chain and prints, as JSON, the text that the person then sees.
//
// Usage: node langserve-client.mjs URL METHOD TEXT, where METHOD is invoke, batch or stream.
import { RemoteRunnable } from 'langchain-core03/runnables/remote'
import { concat } from 'langchain-core03/utils/stream'

const [url, method, question] = process.argv.slice(2)
const chain = new RemoteRunnable({ url })
// A chain answers with a text, a message, or an object whose member `answer` is the text.
const read = (answer) => answer?.content ?? answer?.answer ?? answer
const errors = []

async function ask() {
  if (method === 'invoke') return [await chain.invoke({ question })]
  if (method === 'batch') return chain.batch([{ question }])
  let whole
  for await (const chunk of await chain.stream({ question })) whole = whole === undefined ? chunk : concat(whole, chunk)
  return [whole]
}

const answers = await ask().catch((error) => { errors.push(String(error)); return [] })
console.log(JSON.stringify({ seen: answers.map(read), errors }))
