import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

const style = `body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}
code{font:1.1rem ui-monospace,monospace;background:#eee;color:#111;padding:.4rem .6rem;overflow-wrap:anywhere}`

/** What stands behind the `#` never reaches a server, so only the page itself can show it. */
const showCode = `const code = new URLSearchParams(location.hash.slice(1)).get('code')
document.getElementById('code').textContent = code ?? 'There is no code in this address.'
history.replaceState(null, '', location.pathname)`

const policy = [
  "default-src 'none'",
  `style-src '${sourceHash(style)}'`,
  `script-src '${sourceHash(showCode)}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Shows the one-time code at the end of a login in a browser, for a command on another computer. */
export function sendCodePage(reply: FastifyReply) {
  const body = `<h1>Logged in</h1>
<p>Give this code to <code>kontena master login</code>, which waits for it. It works once.</p>
<p><code id="code">This page needs JavaScript to show the code.</code></p>
<script>${showCode}</script>`
  return sendPage(reply, body)
}

/** Says how an invitation is accepted. It is not used up by being looked at. */
export function sendInvitationPage(
  reply: FastifyReply,
  { url, code }: Record<'url' | 'code', string>,
) {
  const body = `<h1>You are invited to a Kontena Master</h1>
<p>Accept the invitation with this command:</p>
<p><code>kontena master join ${escaped(url)} ${escaped(code)}</code></p>`
  return sendPage(reply, body)
}

export function sendFailurePage(reply: FastifyReply, message: string) {
  const body = `<h1>The login failed</h1>
<p>${escaped(message)}.</p>
<p>Begin again with <code>kontena master login</code>.</p>`
  return sendPage(reply, body)
}

function sendPage(reply: FastifyReply, body: string) {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Kontena Master</title>
<style>${style}</style>
${body}
</html>
`)
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Of an inline style or script, as Content Security Policy Level 3 names it. */
function sourceHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`
}
