import { isIP } from 'node:net'
import { nodeNamePattern } from '@kontena/protocol'
import { ProvisionError } from './errors.ts'

/**
 * The agent as a complete image, or as the file that the master hands out, run by an image that has
 * Node. Both are docker image references.
 */
export type AgentSource = { readonly runtime: string } | { readonly image: string }

/** The master that a machine belongs to. */
export interface BootstrapMaster {
  /** Where machines reach it, with http or https. */
  readonly url: string
  /** PEM of the only certificate authority to trust; the system's roots where undefined. */
  readonly ca: string | undefined
  /** SHA-256 (hex) of the agent that it hands out. */
  readonly agentBundle: string
}

/** The official slim image of Node 22, as docker-library/repo-info lists it for 2026-09-19, all platforms. */
export const defaultAgentRuntime =
  'docker.io/library/node:22-bookworm-slim@sha256:48e4b67d85f87bd551df43704e24d252f56cc5f8e9718841aace50f19948f0f9'

// The grammar of github.com/distribution/reference, whose parts carry these names.
const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domain = `${domainComponent}(?:\\.${domainComponent})*(?::[0-9]+)?`
const pathComponent = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const imageReference = new RegExp(
  `^(?:${domain}/)?${pathComponent}(?:/${pathComponent})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
)

/** An image reference, as docker takes it. Throws `BAD_OPTIONS`, naming the flag. */
export function parseImage(text: string, flag: string): string {
  if (text.length <= 512 && imageReference.test(text)) return text
  throw new ProvisionError('BAD_OPTIONS', `${flag} ${JSON.stringify(text)} is not a docker image`, {
    hint: 'write it as in registry.example.com/team/agent:2.0 or with @sha256: and its digest',
  })
}

const keyTypes = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]

/**
 * One line of a public key file: type, data and perhaps a comment, without options. Throws
 * `BAD_OPTIONS`, and never shows the line, which may be a private key's.
 */
export function parseSshKey(text: string): string {
  const line = text.trim()
  const [type = '', data = ''] = line.split(' ')
  if (!/\p{Cc}|\p{Zl}|\p{Zp}/u.test(line) && keyTypes.includes(type) && isKeyData(data, type)) {
    return line
  }
  throw new ProvisionError('BAD_OPTIONS', 'an SSH key is not one line of a public key file', {
    hint: `give the file that ends in .pub; its line begins with ${keyTypes.slice(0, 3).join(', ')} or the like`,
  })
}

/** RFC 4253, 6.6: the data begins with the length and the text of its own type. */
function isKeyData(data: string, type: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return false
  const bytes = Buffer.from(data, 'base64')
  if (bytes.length < 4 + type.length + 4) return false
  return (
    bytes.readUInt32BE(0) === type.length && bytes.toString('latin1', 4, 4 + type.length) === type
  )
}

/** Where machines reach the master: its origin, as `https://host:port`. Throws `BAD_OPTIONS`. */
export function parseMasterUrl(text: string): string {
  const url = URL.parse(text)
  const isPlain =
    (url?.protocol === 'http:' || url?.protocol === 'https:') &&
    // URLs take quotes in a host; neither host names nor IP addresses have them.
    /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname) &&
    url.pathname === '/' &&
    url.username + url.password + url.search + url.hash === ''
  if (url !== null && isPlain) return url.origin
  throw new ProvisionError('BAD_OPTIONS', "the master's URL is not one that machines can use", {
    hint: 'write scheme, host and perhaps a port and no more, as in https://master.example.com:9292',
  })
}

/** The same place for the agent's WebSocket. */
export function agentUrl(origin: string): string {
  return origin.replace(/^http/, 'ws')
}

/** PEM text of a certificate authority, alone. Throws `BAD_OPTIONS`. */
export function parseAuthority(text: string): string {
  const certificates =
    /^(?:\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*$/
  if (certificates.test(text)) return `${text.trim()}\n`
  throw new ProvisionError('BAD_OPTIONS', "the master's CA is not a certificate in PEM", {
    hint: 'log in to the master again, or give the file that begins with -----BEGIN CERTIFICATE-----',
  })
}

/** The hash of the agent that a master hands out. Throws `BAD_OPTIONS`. */
export function parseBundleHash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new ProvisionError('BAD_OPTIONS', "the hash of the master's agent is not a SHA-256", {
    hint: 'start the master with an agent to hand out, or give --agent-image',
  })
}

/** Names for machines, by launch index; {@link nodeNamePattern} keeps them harmless everywhere. */
export function parseNames(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !nodeNamePattern.test(name))
  if (wrong === undefined) return names
  throw new ProvisionError('BAD_OPTIONS', `${JSON.stringify(wrong)} is not a node name`, {
    hint: 'use 1 to 63 lower-case letters, digits and inner dashes',
  })
}

/** Addresses of name servers. Throws `BAD_OPTIONS`. */
export function parseResolver(text: string): string {
  if (isIP(text) !== 0) return text
  throw new ProvisionError('BAD_OPTIONS', `--dns ${JSON.stringify(text)} is not an address`, {
    hint: 'write an IP address, as in --dns 1.1.1.1',
  })
}

/** An interface's name, or a pattern of several, as networkd matches them. Throws `BAD_OPTIONS`. */
export function parseInterfaceMatch(text: string): string {
  if (/^[A-Za-z0-9._*?-]{1,15}$/.test(text)) return text
  throw new ProvisionError(
    'BAD_OPTIONS',
    `--default-interface-match ${JSON.stringify(text)} matches no interface`,
    { hint: 'write a name or a pattern, as in --default-interface-match eth*' },
  )
}

/** Address and range of the bridge of Docker. Throws `BAD_OPTIONS`. */
export function parseDockerBridge(text: string): string {
  const [address = '', length = ''] = text.split('/')
  if (isIP(address) === 4 && /^(?:[89]|1\d|2\d|30)$/.test(length)) return text
  throw new ProvisionError(
    'BAD_OPTIONS',
    `--docker-bip ${JSON.stringify(text)} is not an address with its range`,
    {
      hint: 'write the IPv4 address of the bridge and its range, as in --docker-bip 172.17.43.1/16',
    },
  )
}

/** A network interface's name, as Linux takes it. Throws `BAD_OPTIONS`. */
export function parseInterface(text: string): string {
  if (/^[A-Za-z0-9._-]{1,15}$/.test(text)) return text
  throw new ProvisionError(
    'BAD_OPTIONS',
    `--peer-interface ${JSON.stringify(text)} is not an interface`,
    { hint: 'write its name, as in --peer-interface eth1' },
  )
}
