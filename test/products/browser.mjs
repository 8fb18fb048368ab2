// A browser for one person. It reads a command in JSON from each line of its standard input, prints what comes of it as a line, and ends
// with its standard input.
//
// Usage: node browser.mjs CHROMIUM
import { createInterface } from 'node:readline'
import puppeteer from 'puppeteer-core'

const browser = await puppeteer.launch({ executablePath: process.argv[2], args: ['--no-sandbox', '--disable-dev-shm-usage'] })
let page
let seen = []

const commands = {
  // open shows a page to a person who has not seen it before.
  async open({ url }) {
    await page?.browserContext().close()
    page = await (await browser.createBrowserContext()).newPage()
    await page.setViewport({ width: 640, height: 480 })
    seen = []
    page.on('response', (response) => { note(response, String(response.status())) })
    page.on('pageerror', (error) => { seen.push(`error of the page: ${error.message}`) })
    await page.goto(url, { waitUntil: 'networkidle0' })
  },
  // reload loads the page again.
  async reload() { await page.reload({ waitUntil: 'networkidle0' }) },
  // write puts a text into a field, and sends it.
  async write({ selector, text }) {
    await page.locator(selector).fill(text)
    await page.keyboard.press('Enter')
  },
  // read waits until the elements have the texts that are wanted and the page asks for nothing more. It returns the texts that they then
  // have, also if that takes too long.
  async read({ selector, want }) {
    const read = (selector) => [...document.querySelectorAll(selector)].map((element) => element.innerText.trim().replace(/\n+/g, '\n'))
    const isRead = (source, selector, want) => JSON.stringify(eval(source)(selector)) === want
    await page.waitForFunction(isRead, { timeout: 15000 }, String(read), selector, JSON.stringify(want)).catch(() => {})
    await page.waitForNetworkIdle()
    return page.evaluate(read, selector)
  },
  // list returns the requests of the page, each with the status of the response.
  async list() { return seen },
  // picture writes what the window shows to a file.
  async picture({ path }) { await page.screenshot({ path }) },
}

function note(response, status) {
  const { protocol, pathname } = new URL(response.url())
  if (protocol.startsWith('http')) {
    seen.push(`${response.request().method()} ${pathname} ${status}`)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  const result = await commands[command.do](command).then((value) => ({ value }), (error) => ({ error: String(error) }))
  console.log(JSON.stringify(result))
}
await browser.close()
