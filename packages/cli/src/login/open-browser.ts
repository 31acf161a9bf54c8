import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { given } from '../options/given.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Whether a browser on this computer can be seen by the person: not on a Unix without a display. */
export function hasBrowser(env: Env): boolean {
  if (given(env.BROWSER) !== undefined) return true
  if (process.platform === 'darwin' || process.platform === 'win32') return true
  return given(env.DISPLAY) !== undefined || given(env.WAYLAND_DISPLAY) !== undefined
}

/**
 * Has the person's browser show a page. Whoever lists the processes of this computer sees the URL, so no
 * secret belongs in it. False where no browser starts.
 */
export async function openBrowser(url: string, env: Env): Promise<boolean> {
  const [program = '', ...words] = browserCommand(env)
  const child = spawn(program, [...words, url], {
    stdio: 'ignore',
    detached: true,
    env: { ...env },
  })
  try {
    await once(child, 'spawn')
    child.unref()
    return true
  } catch {
    return false
  }
}

function browserCommand(env: Env): readonly string[] {
  const chosen = given(env.BROWSER)?.trim().split(/\s+/)
  if (chosen !== undefined) return chosen
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return ['xdg-open']
}
