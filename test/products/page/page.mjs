// The pages of the chatbots that are made with libraries: a script in a folder, and the frame and the style that all have.
import { build } from 'esbuild'
import { readFile } from 'node:fs/promises'

// loadPage returns the files of the page whose script is page.jsx in the folder.
export async function loadPage(folder) {
  const { outputFiles } = await build({
    entryPoints: [`${folder}/page.jsx`], bundle: true, write: false, format: 'esm', minify: true, jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return {
    '/': ['text/html', await readFile(`${import.meta.dirname}/page.html`)],
    '/assets/page.css': ['text/css', await readFile(`${import.meta.dirname}/page.css`)],
    '/assets/page.js': ['text/javascript', outputFiles[0].text],
  }
}

// sendFile answers with one of the files, or with 404.
export function sendFile(files, path, response) {
  const [type, content] = files[path] ?? []
  if (type) {
    response.setHeader('Content-Type', type).end(content)
  } else {
    response.writeHead(404).end()
  }
}
