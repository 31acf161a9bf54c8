/** An agent that writes down how it was started, and that it was told to stop. */
const agent = `
import { appendFileSync } from 'node:fs'
export async function startAgent(environment) {
  const note = (event) => {
    const { NAME, SSL_CERT_FILE } = environment
    const line = { event, pid: process.pid, NAME, SSL_CERT_FILE }
    appendFileSync(environment.NOTES, JSON.stringify(line) + '\\n')
  }
  note('start')
  const timer = setInterval(() => {}, 1000)
  let end
  const stopped = new Promise((resolve) => { end = resolve })
  if (environment.ENDS === environment.NAME) setTimeout(() => { clearInterval(timer); end(0) }, 20)
  return { stopped, stop: async () => { note('stop'); clearInterval(timer); end(0) } }
}
if (process.argv[1]?.endsWith('agent.mjs')) {
  const running = await startAgent(process.env)
  process.on('SIGTERM', () => running.stop())
}
`

export interface TinyBootstrap {
  /** File outside the machines in which their agents write down what happens. */
  readonly notes: string
  /** Shell that the enrol script runs besides. */
  readonly enrol?: string
  /** Jinja expression for the machine's name; by launch index where absent. */
  readonly name?: string
  /** Name of the machine whose agent ends by itself. */
  readonly ends?: string
}

/** User data with scripts as small as can be, named and placed as the real ones. */
export function tinyBootstrap(options: TinyBootstrap): string {
  const { notes, enrol = 'true', ends = '' } = options
  const { name = 'names[ds.meta_data.ami_launch_index | int]' } = options
  return `## template: jinja
#cloud-config
{% set names = ['web-1', 'web-2', 'web-3'] %}
write_files:
  - path: /etc/kontena/name
    content: {{ ${name} }}
  - path: /opt/kontena/enrol
    permissions: '0755'
    encoding: b64
    content: ${base64(`#!/bin/sh
set -eu
name=$(cat "$KONTENA_ROOT/etc/kontena/name")
echo "enrolling $name of $(env | grep -c '^AWS_') credentials"
cat "$KONTENA_ROOT/etc/ssh/ssh_host_ed25519_key.pub"
${enrol}
printf 'NAME=%s\\nSSL_CERT_FILE=/etc/kontena/ca.pem\\nNOTES=%s\\nENDS=%s\\n' "$name" '${notes}' '${ends}' \
  > "$KONTENA_ROOT/etc/kontena-agent.env"
`)}
  - path: /opt/kontena/fetch-agent
    permissions: '0755'
    encoding: b64
    content: ${base64(`#!/bin/sh
set -eu
mkdir -p "$KONTENA_ROOT/var/lib/kontena"
echo fetching the agent
base64 -d > "$KONTENA_ROOT/var/lib/kontena/agent.mjs" <<'END'
${base64(agent)}
END
`)}
`
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
