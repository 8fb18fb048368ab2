// The page of the chat. The fragment of its address identifies the chat, whose past it loads.
import { useChat } from '@ai-sdk/react'
import { useState } from 'react'
import { createRoot } from 'react-dom/client'

function Chat({ id, past }) {
  const [text, setText] = useState('')
  const { messages, sendMessage, error } = useChat({ id, messages: past, resume: true })
  const send = (event) => {
    event.preventDefault()
    sendMessage({ text })
    setText('')
  }
  return <>
    <ol>
      {messages.map(({ id, role, parts }) => <li key={id} data-role={role}>
        {parts.map((part, i) => part.type === 'text' && <p key={i}>{part.text}</p>)}
      </li>)}
    </ol>
    {error && <p role="alert">{error.message}</p>}
    <form onSubmit={send}><input value={text} onChange={(event) => setText(event.target.value)} placeholder="Your message" /></form>
  </>
}

const id = location.hash.slice(1)
const past = await (await fetch(`/api/chat/${id}`)).json()
createRoot(document.querySelector('main')).render(<Chat id={id} past={past} />)
