// A browser for one person. It reads a command in JSON from each line of its standard input, prints what comes of it as a line, and ends
// with its standard input.
//
// Usage: node browser.mjs CHROMIUM [PACKAGES [HOST=ADDRESS]]
//
// PACKAGES is a folder with the packages that pages load from a CDN, which nothing asks. ADDRESS is where HOST is.
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import puppeteer from 'puppeteer-core'

const [chromium, packages, host] = process.argv.slice(2)
const args = ['--no-sandbox', '--disable-dev-shm-usage']
if (host) args.push(`--host-resolver-rules=MAP ${host.replace('=', ' ')}`)
const browser = await puppeteer.launch({ executablePath: chromium, args })
let page
let seen = []

const commands = {
  // open shows a page to a person who has not seen it before.
  async open({ url }) {
    await page?.browserContext().close()
    page = await (await browser.createBrowserContext()).newPage()
    await page.setViewport({ width: 640, height: 480 })
    page.setDefaultTimeout(60_000)
    seen = []
    page.on('response', (response) => { note(response, String(response.status())) })
    page.on('pageerror', (error) => { seen.push(`error of the page: ${error.message}`) })
    if (packages) await serveCDN()
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
    await page.waitForFunction(isRead, {}, String(read), selector, JSON.stringify(want)).catch(() => {})
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

// serveCDN answers what the page asks of the CDN with files of the packages.
async function serveCDN() {
  const session = await page.createCDPSession()
  session.on('Fetch.requestPaused', async ({ requestId, request }) => {
    const [name, path] = new URL(request.url).pathname.match(/^\/npm\/((?:@[^/]+\/)?[^/@]+)(?:@[^/]+)?(\/.*)$/).slice(1)
    const type = path.endsWith('.css') ? 'text/css' : 'text/javascript'
    const responseHeaders = [{ name: 'Content-Type', value: type }, { name: 'Access-Control-Allow-Origin', value: '*' }]
    // The CDN makes the small version of a style itself.
    const body = (await readFile(`${packages}/${name}${path.replace('.min.css', '.css')}`)).toString('base64')
    await session.send('Fetch.fulfillRequest', { requestId, responseCode: 200, responseHeaders, body })
  })
  await session.send('Fetch.enable', { patterns: [{ urlPattern: 'https://cdn.jsdelivr.net/*' }] })
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  const result = await commands[command.do](command).then((value) => ({ value }), (error) => ({ error: `${error}; the page has asked for ${seen.join(', ')}` }))
  console.log(JSON.stringify(result))
}
await browser.close()
