// The clients of models. It asks once for a whole answer and once for a stream, and prints what a program reads of them, as JSON.
//
// Usage: node model-client.mjs KIND URL TEXT
const [kind, baseURL, text] = process.argv.slice(2)

const messages = [{ role: 'user', content: text }]

async function openai(path = '/v1') {
  const { default: OpenAI } = await import('openai')
  return new OpenAI({ apiKey: 'none', baseURL: baseURL + path, maxRetries: 0 })
}

async function complete(client, read) {
  const whole = await client.chat.completions.create({ model: 'm', messages })
  for await (const chunk of await client.chat.completions.create({ model: 'm', messages, stream: true })) {
    read(chunk.choices[0]?.delta.reasoning)
    read(chunk.choices[0]?.delta.content)
  }
  return whole.choices[0].message.content
}

const kinds = {
  async chat(read) { return complete(await openai(), read) },
  async azureV1(read) { return complete(await openai('/openai/v1'), read) },
  async openrouter(read) { return complete(await openai('/api/v1'), read) },
  async cohereCompatible(read) { return complete(await openai('/compatibility/v1'), read) },
  async litellm(read) { return complete(await openai(''), read) },
  async azure(read) {
    const { AzureOpenAI } = await import('openai')
    return complete(new AzureOpenAI({ apiKey: 'none', endpoint: baseURL, apiVersion: '2026-10-01', deployment: 'support', maxRetries: 0 }), read)
  },
  async mistral(read) {
    const { Mistral } = await import('@mistralai/mistralai')
    const client = new Mistral({ apiKey: 'none', serverURL: baseURL })
    const join = (content) => typeof content === 'string' ? content : content.map((part) => part.text ?? part.thinking?.map((thought) => thought.text).join('')).join('')
    const whole = await client.chat.complete({ model: 'm', messages })
    for await (const event of await client.chat.stream({ model: 'm', messages })) {
      read(join(event.data.choices[0].delta.content ?? ''))
    }
    return join(whole.choices[0].message.content)
  },
  async responses(read) {
    const client = await openai()
    const whole = await client.responses.create({ model: 'm', input: text })
    const stream = client.responses.stream({ model: 'm', input: text })
    stream.on('response.output_text.delta', (event) => read(event.delta))
    const final = await stream.finalResponse()
    read(`|${final.output_text}`)
    return whole.output_text
  },
  async anthropic(read) {
    const { default: Anthropic } = await import('@anthropic-ai/sdk')
    const client = new Anthropic({ apiKey: 'none', baseURL, maxRetries: 0 })
    const whole = await client.messages.create({ model: 'm', max_tokens: 9, messages })
    const stream = client.messages.stream({ model: 'm', max_tokens: 9, messages })
    stream.on('text', (delta) => read(delta))
    await stream.finalMessage()
    return whole.content.map((block) => block.text).join('')
  },
  async ollama(read) {
    const { Ollama } = await import('ollama')
    const client = new Ollama({ host: baseURL })
    const whole = await client.chat({ model: 'm', messages, stream: false })
    for await (const part of await client.chat({ model: 'm', messages, stream: true })) {
      read(part.message.content)
    }
    return whole.message.content
  },
  async cohere(read) {
    const { CohereClientV2 } = await import('cohere-ai')
    const client = new CohereClientV2({ token: 'none', environment: baseURL })
    const whole = await client.chat({ model: 'm', messages })
    for await (const event of await client.chatStream({ model: 'm', messages })) {
      read(event.type === 'content-delta' && event.delta.message.content.text)
    }
    return whole.message.content.map((part) => part.text).join('')
  },
  async bedrock(read) {
    const { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } = await import('@aws-sdk/client-bedrock-runtime')
    const { NodeHttpHandler } = await import('@smithy/node-http-handler')
    // Without this handler the client speaks HTTP/2, which the sidecar does not.
    const requestHandler = new NodeHttpHandler()
    const client = new BedrockRuntimeClient({
      region: 'eu-central-1', endpoint: baseURL, token: { token: 'none' }, authSchemePreference: ['httpBearerAuth'], maxAttempts: 1, requestHandler,
    })
    const input = { modelId: 'anthropic.claude-3-haiku-20240307-v1:0', messages: [{ role: 'user', content: [{ text }] }] }
    const whole = await client.send(new ConverseCommand(input))
    for await (const event of (await client.send(new ConverseStreamCommand(input))).stream) {
      read(event.contentBlockDelta?.delta.text)
    }
    client.destroy()
    return whole.output.message.content[0].text
  },
}

const result = { whole: '', streamed: '', errors: [] }
try {
  result.whole = await kinds[kind]((piece) => { result.streamed += piece || '' })
} catch (error) {
  result.errors.push(`${error.name}: ${error.message}`)
}
console.log(JSON.stringify(result))
