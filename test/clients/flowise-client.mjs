// The client of Flowise. It asks a flow and prints, as JSON, the text that the person then sees.
//
// Usage: node flowise-client.mjs URL TEXT STREAMING
import sdk from 'flowise-sdk'

const [baseUrl, question, streaming] = process.argv.slice(2)
const client = new sdk.FlowiseClient({ baseUrl })
const errors = []

async function ask() {
  const answer = await client.createPrediction({ chatflowId: 'flow', question, streaming: streaming === 'true' })
  if (streaming !== 'true') return answer.text
  let text = ''
  for await (const { event, data } of answer) {
    if (event === 'token') text += data
    if (event === 'error') errors.push(data)
  }
  return text
}

const seen = await ask().catch((error) => { errors.push(String(error)) })
console.log(JSON.stringify({ seen: [seen ?? ''], errors }))
