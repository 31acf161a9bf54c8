import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { suite } from './recipe.ts'

/** How this computer gets Debian's packages; machines on it get them the same way. */
export interface HostApt {
  /** One line each, as in sources.list. */
  readonly sources: readonly string[]
  /** Settings about proxies and validity, as in apt.conf. */
  readonly settings: readonly string[]
  /** Certificates that this computer trusts besides the usual ones: files. */
  readonly authorities: readonly string[]
}

const debian = [
  `deb http://deb.debian.org/debian ${suite} main`,
  `deb http://deb.debian.org/debian ${suite}-updates main`,
  `deb http://deb.debian.org/debian-security ${suite}-security main`,
]
const localAuthorities = '/usr/local/share/ca-certificates'

export async function readHostApt(): Promise<HostApt> {
  const sources = await ownSources()
  return {
    // A computer with another release has no line about this one, but perhaps a way to the mirror.
    sources: sources.length > 0 ? sources : debian,
    settings: await ownSettings(),
    authorities: await ownAuthorities(),
  }
}

async function ownSources(): Promise<string[]> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)'
  const { stdout } = await execa('apt-get', [
    'indextargets',
    '--format',
    format,
    'Created-By: Packages',
  ])
  const wanted = new RegExp(`^\\S+ ${suite}(?:-updates|-security)? main$`)
  const lines = stdout.split('\n').filter((line) => wanted.test(line))
  return [...new Set(lines)].map((line) => `deb ${line}`)
}

async function ownSettings(): Promise<string[]> {
  const { stdout } = await execa('apt-config', ['dump'])
  const wanted = /^Acquire::(?:https?|Check-Valid-Until|Check-Date)\b.* "[^"]+";$/
  return stdout.split('\n').filter((line) => wanted.test(line))
}

async function ownAuthorities(): Promise<string[]> {
  const names = await readdir(localAuthorities).catch(() => [])
  return names
    .filter((name) => name.endsWith('.crt'))
    .sort()
    .map((name) => join(localAuthorities, name))
}
