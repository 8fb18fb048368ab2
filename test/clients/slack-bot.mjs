// A bot made with Bolt, the library of Slack, which checks the signature of each request. It says in the channel what it hears, as text and as
// a block, before it responds to the event. It prints its URL, and ends with its standard input.
//
// Usage: node slack-bot.mjs SECRET API, where API stands before the paths of Slack.
import { App, HTTPReceiver } from '@slack/bolt'

const [signingSecret, api] = process.argv.slice(2)
const receiver = new HTTPReceiver({ signingSecret, processBeforeResponse: true })
const app = new App({
  receiver,
  authorize: async () => ({ botToken: 'xoxb-1', botId: 'B1', botUserId: 'U0' }),
  clientOptions: { slackApiUrl: `${api}/api/`, retryConfig: { retries: 0 } },
})

app.message(async ({ message, say }) => {
  const text = `You said: ${message.text} Write to ada@shop.example`
  await say({ text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] })
})
app.command('/help', async ({ command, ack }) => ack({ text: `You asked: ${command.text} Write to ada@shop.example` }))
app.command('/say', async ({ command, ack }) => ack(`You asked: ${command.text} Write to ada@shop.example`))

const server = await receiver.start({ port: 0, host: '127.0.0.1' })
console.log(`http://127.0.0.1:${server.address().port}`)
process.stdin.on('end', () => process.exit()).resume()
