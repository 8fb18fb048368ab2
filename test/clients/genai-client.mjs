// The client of the Gemini API. It asks once for a whole answer and once for a stream, and prints what a program reads of them, as JSON.
//
// Usage: node genai-client.mjs URL TEXT
import { GoogleGenAI } from '@google/genai'

const [baseUrl, text] = process.argv.slice(2)
const ai = new GoogleGenAI({ apiKey: 'none', vertexai: false, httpOptions: { baseUrl } })
const request = { model: 'gemini-3-pro', contents: text, config: { systemInstruction: 'Be kind.' } }

function readParts(chunk, wanted) {
  const parts = chunk.candidates?.[0]?.content?.parts ?? []
  return parts.filter((part) => Boolean(part.thought) === wanted).map((part) => part.text ?? '').join('')
}

const result = { whole: '', streamed: '', thoughts: '', calls: [], signatures: [], finish: '', errors: [] }
try {
  const whole = await ai.models.generateContent(request)
  result.whole = whole.text
  for await (const chunk of await ai.models.generateContentStream(request)) {
    result.streamed += readParts(chunk, false)
    result.thoughts += readParts(chunk, true)
    result.calls.push(...(chunk.functionCalls ?? []))
    result.signatures.push(...(chunk.candidates?.[0]?.content?.parts ?? []).map((part) => part.thoughtSignature).filter(Boolean))
    result.finish = chunk.candidates?.[0]?.finishReason ?? result.finish
  }
} catch (error) {
  result.errors.push(`${error.name} ${error.status}: ${error.message}`)
}
console.log(JSON.stringify(result))
