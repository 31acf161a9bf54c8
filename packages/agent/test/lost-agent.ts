import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Variables } from '../src/environment.ts'
import { makeFolder } from './folder.ts'

/** What start-agent says on a machine without an agent, which was made with one of this hash. */
export async function startLostAgent(url: string, pinned: string, variables: Variables = {}) {
  const root = makeFolder()
  mkdirSync(join(root, 'etc/kontena'), { recursive: true })
  writeFileSync(join(root, 'etc/kontena/agent.sha256'), `${pinned}\n`)
  const starter = join(import.meta.dirname, '../../../templates/node/start-agent.mjs')
  const env = { KONTENA_ROOT: root, KONTENA_URI: url, ...variables }
  const child = spawn(process.execPath, [starter], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { said, isThere: existsSync(join(root, 'var/lib/kontena/agent.mjs')) }
}
