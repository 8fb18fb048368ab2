// A bot on Telegram, as the libraries grammY and Telegraf make it. It says a text in a chat, with a photo by its address and then as a file, and
// edits the text. Then it serves its webhook and prints the URL; each message of a person is answered with what it says. With `reply` the
// answer stands in the response to the webhook.
//
// Usage: node telegram-client.mjs LIBRARY API_ROOT say | serve | reply. It prints the message IDs, or the errors, as JSON; or the URL.
import { createServer } from 'node:http'

const [library, apiRoot, mode] = process.argv.slice(2)
const token = '4930901820:AAF-x_joe'
const picture = Buffer.from('x')

async function newGrammy() {
  const { Bot, InputFile, webhookCallback } = await import('grammy')
  const botInfo = { id: 4930901820, is_bot: true, first_name: 'Shop', username: 'shop_bot' }
  const bot = new Bot(token, { client: { apiRoot, canUseWebhookReply: (method) => mode === 'reply' && method === 'sendMessage' }, botInfo })
  bot.on('message:text', (ctx) => ctx.reply(ctx.message.text))
  return { api: bot.api, edit: (id, text) => bot.api.editMessageText(5, id, text), file: new InputFile(picture, 'a.png'), serve: () => webhookCallback(bot, 'http') }
}

async function newTelegraf() {
  const { Telegraf } = await import('telegraf')
  // Telegraf takes the last segment of a URL without a slash at its end for a file.
  const bot = new Telegraf(token, { telegram: { apiRoot: `${apiRoot}/`, webhookReply: mode === 'reply' } })
  bot.botInfo = { id: 4930901820, is_bot: true, first_name: 'Shop', username: 'shop_bot' }
  bot.on('text', (ctx) => ctx.reply(ctx.message.text))
  const edit = (id, text) => bot.telegram.editMessageText(5, id, undefined, text)
  return { api: bot.telegram, edit, file: { source: picture, filename: 'a.png' }, serve: () => bot.webhookCallback('/webhook') }
}

const bot = await { grammy: newGrammy, telegraf: newTelegraf }[library]()

async function say() {
  const results = []
  const calls = [
    () => bot.api.sendMessage(5, 'Write to ada@shop.example\\.', { parse_mode: 'MarkdownV2' }),
    () => bot.api.sendPhoto(5, 'https://shop.example/a.png', { caption: 'Call +49 30 901820' }),
    () => bot.api.sendPhoto(5, bot.file, { caption: 'Call +49 30 901820' }),
    () => bot.edit(7, 'Bye'),
  ]
  for (const call of calls) {
    results.push(await call().then((message) => String(message.message_id), (error) => error.description ?? String(error)))
  }
  console.log(JSON.stringify(results))
}

function serve() {
  const server = createServer(bot.serve())
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
  process.stdin.on('end', () => process.exit()).resume()
}

await (mode === 'say' ? say() : serve())
