import { existsSync } from 'node:fs'
import { type FailureCode, fileFailure, ProvisionError } from '@kontena/core'
import { findError, parseLines, readableLines, type VagrantError } from './machine-readable.ts'

/** What ended a `vagrant` that did not do what it was asked. */
export interface Failed {
  /** What was to be done, as in `stop web-1`. */
  readonly what: string
  /** All that it printed. */
  readonly output: string
  /** Where it ran. */
  readonly folder: string
}

interface Meaning {
  readonly code: FailureCode
  readonly hint?: string
}

/** By the last part of Ruby's name for the error, from Vagrant's and vagrant-libvirt's `errors.rb`. */
const meanings: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    MachineActionLockedError: { code: 'BUSY' },
    MachineLocked: { code: 'BUSY' },
    EnvironmentLockedError: { code: 'BUSY' },
    BoxAddShortNotFound: {
      code: 'NOT_FOUND',
      hint: 'give another with --box: a name of the catalogue, a file or a URL',
    },
    BoxNotFound: { code: 'NOT_FOUND', hint: 'fetch it with: vagrant box add' },
    BoxAddNoMatchingProvider: { code: 'BAD_OPTIONS', hint: 'choose another --box' },
    BoxProviderDoesntMatch: { code: 'BAD_OPTIONS', hint: 'choose another --box' },
    BoxUnpackageFailure: { code: 'BAD_OPTIONS', hint: 'it must be a box file of Vagrant' },
    BoxMetadataFileNotFound: { code: 'BAD_OPTIONS', hint: 'it must be a box file of Vagrant' },
    BoxChecksumMismatch: { code: 'UNAVAILABLE', hint: 'run the same command again' },
    DownloaderError: {
      code: 'UNAVAILABLE',
      hint: 'see that this computer reaches it, or fetch the box elsewhere and give its file with --box',
    },
    DownloaderInterrupted: { code: 'CANCELLED' },
    ProviderNotFound: { code: 'NOT_SUPPORTED', hint: 'choose another with --vagrant-provider' },
    ProviderNotUsable: { code: 'NOT_SUPPORTED', hint: 'choose another with --vagrant-provider' },
    VirtualBoxNotDetected: { code: 'NOT_SUPPORTED', hint: 'install VirtualBox: virtualbox.org' },
    VirtualBoxKernelModuleNotLoaded: {
      code: 'NOT_SUPPORTED',
      hint: 'load the module with: sudo modprobe vboxdrv',
    },
    VirtualBoxInvalidVersion: {
      code: 'NOT_SUPPORTED',
      hint: 'upgrade Vagrant, or install a VirtualBox that it knows',
    },
    FogLibvirtConnectionError: {
      code: 'UNAVAILABLE',
      hint: 'start libvirt with: sudo systemctl start libvirtd',
    },
    CollisionDetected: { code: 'BAD_OPTIONS', hint: 'choose another --network-address' },
    NetworkAddressInvalid: { code: 'BAD_OPTIONS', hint: 'choose another --network-address' },
    PluginNotInstalled: { code: 'NOT_SUPPORTED', hint: 'install it with: vagrant plugin install' },
    NotEnoughMemory: { code: 'NO_CAPACITY', hint: 'choose less --memory' },
  }),
)

/** As long as a person reads in one line of an error. */
const longestMessage = 400

/** What Vagrant said, as one of our failures; it tells more than an exit code in every case. */
export function explain({ what, output, folder }: Failed): ProvisionError {
  const error = findError(parseLines(output))
  const { code, hint } = meaningOf(error)
  const said = error === undefined ? readableLines(output).at(-1) : summarize(error)
  return new ProvisionError(code, said === undefined ? `${what} failed` : `${what}: ${said}`, {
    hint: hint ?? `see more with vagrant's own commands, in ${folder}`,
  })
}

/** What is wrong, on one line. Of downloads, Vagrant tells that last, and generalities before. */
export function summarize({ name, message }: VagrantError): string {
  const paragraphs = message.trim().split(/\n\s*\n/)
  const isDownload = /(?:DownloaderError|BoxAddShortNotFound|BoxAddDirectVersion)$/.test(name)
  const last = message
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^Error: /, '')
  const telling = isDownload ? last : paragraphs[0]
  const line = (telling ?? '').replaceAll(/\s+/g, ' ').trim().replace(/[.!]$/, '')
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line
}

function meaningOf(error: VagrantError | undefined): Meaning {
  return meanings.get(error?.name.split('::').at(-1) ?? '') ?? { code: 'MACHINE_FAILED' }
}

/** Of a program that could not be called in a folder; the system says the same of either that is missing. */
export function vagrantMissing(folder: string, cause: unknown): ProvisionError {
  if (!existsSync(folder)) return fileFailure(folder, cause)
  return new ProvisionError('NOT_FOUND', 'there is no vagrant on this computer', {
    hint: 'install it, and see that its folder is in PATH: developer.hashicorp.com/vagrant/install',
    cause,
  })
}
