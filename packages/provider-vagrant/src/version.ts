import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Call, ProvisionError } from '@kontena/core'
import { vagrantMissing } from './errors.ts'
import { vagrantEnvironment } from './run-vagrant.ts'

/** Of November 2021: the oldest that a distribution in support carries (Ubuntu 22.04). */
const oldestVagrant = '2.2.19'

const patience = 60_000

/** The version of the Vagrant here. Throws `NOT_FOUND` where there is none, `NOT_SUPPORTED` for one too old. */
export async function checkVersion({ signal }: Call): Promise<string> {
  const printed = await ask(signal)
  const version = /\b\d+\.\d+\.\d+\b/.exec(printed)?.[0]
  if (version === undefined) {
    throw new ProvisionError('NOT_SUPPORTED', 'the vagrant on this computer tells no version', {
      hint: 'see what it says to: vagrant --version',
    })
  }
  if (isOlder(version, oldestVagrant)) {
    throw new ProvisionError(
      'NOT_SUPPORTED',
      `the Vagrant on this computer is ${version}, and ${oldestVagrant} or later is needed`,
      { hint: 'install a newer one: developer.hashicorp.com/vagrant/install' },
    )
  }
  return version
}

/** `vagrant version` would ask its maker for the newest; this asks nobody. */
async function ask(signal: AbortSignal): Promise<string> {
  try {
    const options = { signal, timeout: patience, env: vagrantEnvironment() }
    return (await promisify(execFile)('vagrant', ['--version'], options)).stdout
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw vagrantMissing('.', error)
    }
    throw new ProvisionError('NOT_SUPPORTED', 'the vagrant on this computer does not start', {
      hint: 'see what it says to: vagrant --version',
      cause: error,
    })
  }
}

function isOlder(one: string, other: string): boolean {
  const theirs = other.split('.').map(Number)
  const differing = one
    .split('.')
    .map((part, index) => Number(part) - (theirs[index] ?? 0))
    .find((difference) => difference !== 0)
  return (differing ?? 0) < 0
}
