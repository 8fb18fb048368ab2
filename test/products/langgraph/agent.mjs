// The graph of server.mjs.
import { ChatOpenAI } from '@langchain/openai'
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'

const model = new ChatOpenAI({ model: 'any', apiKey: 'none', maxRetries: 0, configuration: { baseURL: process.env.MODEL } })

export const agent = new StateGraph(MessagesAnnotation)
  .addNode('answer', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
  .addEdge('__start__', 'answer')
  .addEdge('answer', '__end__')
  .compile()
