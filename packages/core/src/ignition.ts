import { gzipSync } from 'node:zlib'
import { readNodeFile } from './bootstrap-templates.ts'
import { parseNames, parseSshKey } from './bootstrap-values.ts'
import { type IdRequests, idRequestsFile } from './id-requests.ts'
import type { MachineFile } from './machine-files.ts'

export interface IgnitionOptions {
  readonly name: string
  readonly idRequests: IdRequests
  readonly sshKeys: readonly string[]
  readonly files: readonly MachineFile[]
}

/** The account that Flatcar comes with, and that SSH keys are for. */
const user = 'core'

/**
 * The document for Ignition with which one Flatcar machine boots, by the "Configuration Specification
 * v3.3.0" (coreos.github.io/ignition/configuration-v3_3), which Flatcar reads since release 3185
 * ("Ignition Specification"). Ignition takes no gzipped user data, so the document is one that has itself
 * replaced by the gzipped one inside.
 */
export function renderIgnition(options: IgnitionOptions): string {
  const packed = gzipSync(JSON.stringify(ignitionConfig(options)), { level: 9 })
  const source = `data:;base64,${packed.toString('base64')}`
  return JSON.stringify({
    ignition: { version, config: { replace: { compression: 'gzip', source } } },
  })
}

const version = '3.3.0'

function ignitionConfig({ name, idRequests, sshKeys, files }: IgnitionOptions) {
  const [hostname] = parseNames([name])
  const all: MachineFile[] = [
    ...files,
    plain('/etc/hostname', `${hostname}\n`),
    plain('/etc/kontena/name', `${hostname}\n`),
    plain('/etc/kontena/id-requests', idRequestsFile(idRequests)),
    { ...plain('/opt/kontena/ask-id', readNodeFile('ask-id')), mode: 0o755 },
  ]
  return {
    ignition: { version },
    passwd: {
      users: [{ name: user, sshAuthorizedKeys: [...new Set(sshKeys.map(parseSshKey))] }],
    },
    storage: { files: all.map(ignitionFile) },
    systemd: {
      units: [
        {
          name: 'kontena-setup.service',
          enabled: true,
          contents: readNodeFile('kontena-setup.service'),
        },
      ],
    },
  }
}

/** Modes are decimal numbers, as JSON has no others. What an image brings under the same name gives way. */
function ignitionFile({ path, mode, content }: MachineFile) {
  return { path, mode, overwrite: true, contents: { source: dataUrl(content) } }
}

/** Escaped as RFC 2397 wants it, and not in base64, in which gzip would find nothing to shorten. */
function dataUrl(content: string): string {
  return `data:,${encodeURI(content).replaceAll('#', '%23')}`
}

function plain(path: string, content: string): MachineFile {
  return { path, mode: 0o644, content, ours: true }
}
