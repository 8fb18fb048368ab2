// The graph of langgraph-server.mjs.
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import { FakeListChatModel } from '@langchain/core/utils/testing'

const model = new FakeListChatModel({ responses: ['Write to ada@shop.example, or wait.'] })

export const agent = new StateGraph(MessagesAnnotation)
  .addNode('answer', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
  .addEdge('__start__', 'answer')
  .addEdge('answer', '__end__')
  .compile()
