// The page of the chat. The query of its address says where the Agent Server is, and the fragment identifies the chat.
import { useStream } from '@langchain/langgraph-sdk/react'
import { useState } from 'react'
import { createRoot } from 'react-dom/client'

function Chat({ apiUrl }) {
  const [text, setText] = useState('')
  const [threadId, setThreadId] = useState(location.hash.slice(1) || null)
  const onThreadId = (id) => {
    setThreadId(id)
    history.replaceState(null, '', `#${id}`)
  }
  const { messages, submit, error } = useStream({
    apiUrl, assistantId: 'agent', threadId, onThreadId, fetchStateHistory: true, callerOptions: { maxRetries: 0 },
  })
  const send = (event) => {
    event.preventDefault()
    const message = { type: 'human', content: text }
    submit({ messages: [message] }, { optimisticValues: ({ messages }) => ({ messages: [...(messages ?? []), message] }) })
    setText('')
  }
  return <>
    <ol>{messages.map(({ id, type, content }, i) => <li key={id ?? i} data-role={type === 'human' ? 'user' : 'assistant'}>{content}</li>)}</ol>
    {error && <p role="alert">{String(error)}</p>}
    <form onSubmit={send}><input value={text} onChange={(event) => setText(event.target.value)} placeholder="Your message" /></form>
  </>
}

createRoot(document.querySelector('main')).render(<Chat apiUrl={new URLSearchParams(location.search).get('api')} />)
