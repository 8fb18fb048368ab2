// The clients of models, as a program sees them that is refused. For each attempt it asks for a whole answer, for a stream, or for another
// route, and prints the text that arrived and the error that the client raised, as JSON.
//
// Usage: node refused-client.mjs KIND ATTEMPTS, where ATTEMPTS is a JSON list of objects with url, mode (whole, streamed or other), length
// (of the message), member (the name of a parameter of a tool) and retries (how often openai and anthropic may repeat a request).
const [kind, attempts] = process.argv.slice(2)

let mode, baseURL, maxRetries, text, messages, parameters, tools

function begin(attempt) {
  mode = attempt.mode
  baseURL = attempt.url
  maxRetries = attempt.retries
  text = 'a'.repeat(attempt.length)
  messages = [{ role: 'user', content: text }]
  parameters = { type: 'object', properties: { [attempt.member]: { type: 'string' } } }
  tools = [{ type: 'function', function: { name: 'find', description: 'Finds.', parameters } }]
}

async function openai() {
  const { default: OpenAI } = await import('openai')
  return new OpenAI({ apiKey: 'none', baseURL: `${baseURL}/v1`, maxRetries })
}

async function readAll(stream, find, read) {
  for await (const part of await stream) {
    read(find(part) ?? '')
  }
}

const kinds = {
  async chat(read) {
    const client = await openai()
    const request = { model: 'm', messages, tools }
    switch (mode) {
      case 'whole': return read((await client.chat.completions.create(request)).choices[0].message.content)
      case 'streamed': return readAll(client.chat.completions.create({ ...request, stream: true }), (chunk) => chunk.choices[0]?.delta.content, read)
      default: return client.models.list()
    }
  },
  async responses(read) {
    const client = await openai()
    const request = { model: 'm', input: text, tools: [{ type: 'function', name: 'find', parameters, strict: false }] }
    switch (mode) {
      case 'whole': return read((await client.responses.create(request)).output_text)
      case 'streamed': return readAll(client.responses.create({ ...request, stream: true }), (event) => event.type === 'response.output_text.delta' && event.delta, read)
      default: return client.models.list()
    }
  },
  async anthropic(read) {
    const { default: Anthropic } = await import('@anthropic-ai/sdk')
    const client = new Anthropic({ apiKey: 'none', baseURL, maxRetries })
    const request = { model: 'm', max_tokens: 9, messages, tools: [{ name: 'find', input_schema: parameters }] }
    switch (mode) {
      case 'whole': return read((await client.messages.create(request)).content[0].text)
      case 'streamed': return readAll(client.messages.create({ ...request, stream: true }), (event) => event.delta?.text, read)
      default: return client.models.list()
    }
  },
  async gemini(read) {
    const { GoogleGenAI } = await import('@google/genai')
    const client = new GoogleGenAI({ apiKey: 'none', vertexai: false, httpOptions: { baseUrl: baseURL } })
    const request = { model: 'm', contents: text, config: { tools: [{ functionDeclarations: [{ name: 'find', parametersJsonSchema: parameters }] }] } }
    switch (mode) {
      case 'whole': return read((await client.models.generateContent(request)).text)
      case 'streamed': return readAll(client.models.generateContentStream(request), (chunk) => chunk.text, read)
      default: return client.models.list()
    }
  },
  async ollama(read) {
    const { Ollama } = await import('ollama')
    const client = new Ollama({ host: baseURL })
    const request = { model: 'm', messages, tools }
    switch (mode) {
      case 'whole': return read((await client.chat({ ...request, stream: false })).message.content)
      case 'streamed': return readAll(client.chat({ ...request, stream: true }), (part) => part.message.content, read)
      default: return client.list()
    }
  },
  async cohere(read) {
    const { CohereClientV2 } = await import('cohere-ai')
    const client = new CohereClientV2({ token: 'none', environment: baseURL, maxRetries: 0 })
    const request = { model: 'm', messages, tools }
    switch (mode) {
      case 'whole': return read((await client.chat(request)).message.content[0].text)
      case 'streamed': {
        let fault
        await readAll(client.chatStream(request), (event) => {
          fault ??= event.delta?.error
          return event.type === 'content-delta' && event.delta.message.content.text
        }, read)
        if (fault) throw fault
        return
      }
      default: return client.embed({ model: 'm', texts: [text], inputType: 'search_query', embeddingTypes: ['float'] })
    }
  },
  async ai(read) {
    const { generateText, streamText, embed, tool, jsonSchema } = await import('ai6')
    const { createOpenAI } = await import('@ai-sdk/openai')
    const provider = createOpenAI({ apiKey: 'none', baseURL: `${baseURL}/v1` })
    const request = { model: provider.chat('m'), messages, maxRetries: 0, tools: { find: tool({ inputSchema: jsonSchema(parameters) }) } }
    switch (mode) {
      case 'whole': return read((await generateText(request)).text)
      case 'streamed': {
        let fault
        await readAll(streamText({ ...request, onError: ({ error }) => { fault = error } }).textStream, (delta) => delta, read)
        if (fault) throw fault
        return
      }
      default: return embed({ model: provider.textEmbeddingModel('m'), value: text, maxRetries: 0 })
    }
  },
}

// describe returns what a program can read of an error: clients name the status and the headers differently.
function describe(error) {
  const headers = error.headers ?? error.responseHeaders ?? error.rawResponse?.headers
  const retryAfter = headers?.get ? headers.get('retry-after') : headers?.['retry-after']
  return {
    message: String(error.message ?? error), status: error.status ?? error.status_code ?? error.statusCode ?? 0, retryAfter: retryAfter ?? '',
  }
}

const results = []
for (const attempt of JSON.parse(attempts)) {
  begin(attempt)
  const result = { text: '', error: { message: '', status: 0, retryAfter: '' } }
  try {
    await kinds[kind]((piece) => { result.text += piece || '' })
  } catch (error) {
    result.error = describe(error)
  }
  results.push(result)
}
console.log(JSON.stringify(results))
