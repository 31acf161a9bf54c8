import { readNodeFile, renderTemplate } from './bootstrap-templates.ts'
import {
  type AgentSource,
  agentUrl,
  type BootstrapMaster,
  parseAuthority,
  parseBundleHash,
  parseImage,
  parseMasterUrl,
} from './bootstrap-values.ts'
import { ProvisionError } from './errors.ts'
import { type FirewallRules, type HostFirewall, hostFirewall } from './host-firewall.ts'

/** One file of a machine that is to become a node. */
export interface MachineFile {
  readonly path: string
  readonly mode: number
  readonly content: string
  /**
   * Written by us alone: ASCII lines without jinja's marks, which may stand in a document as they are.
   * Whatever operators supply may not.
   */
  readonly ours: boolean
}

/** The program that takes a node off a host again; also for hosts that have it not, or no more. */
export function removalProgram(): string {
  return readNodeFile('remove')
}

/** How a machine becomes its node: with an order's secret, or with a token that it is given. */
export type Join =
  | {
      readonly enrolment: { readonly secret: string; readonly order: string }
      readonly provider: string
      readonly account: { readonly id: string; readonly region: string }
    }
  | {
      /** Variables of the agent's environment, its token among them; those without a value are left out. */
      readonly environment: Readonly<Record<string, string | undefined>>
    }

export interface MachineFilesOptions {
  readonly master: BootstrapMaster
  readonly agent: AgentSource
  readonly join: Join
  /** What the machine's own firewall does; absent where the cloud's does it all. */
  readonly firewall?: HostFirewall | undefined
  /**
   * Whether the machine is there for the node alone, or somebody's host, which gets back what was
   * changed and whose Docker is left as it is.
   */
  readonly host: 'own' | 'lent'
}

/**
 * What lands on a machine, whatever document carries it. Missing are `/etc/kontena/name` and, for an
 * enrolment, `/etc/kontena/instance-id`, which each kind of document finds out in its own way; when all
 * are there, root runs `/opt/kontena/setup`. Throws `BAD_OPTIONS` for a value that cannot be right.
 */
export function machineFiles(options: MachineFilesOptions): readonly MachineFile[] {
  const { master, agent, host } = options
  const bundleHash = parseBundleHash(master.agentBundle)
  const isComplete = 'image' in agent
  const firewall = hostFirewall(options.firewall, host)
  return [
    ...joinFiles(options),
    theirs('/etc/kontena/master', `${parseMasterUrl(master.url)}\n`),
    ...(master.ca === undefined ? [] : [theirs('/etc/kontena/ca.pem', parseAuthority(master.ca))]),
    ...(isComplete ? [] : [theirs('/etc/kontena/agent.sha256', `${bundleHash}\n`)]),
    theirs('/etc/systemd/system/kontena-agent.service', agentUnit(agent, firewall)),
    ...(host === 'own' ? settingsFiles() : lentHostFiles(agent)),
    ours('/opt/kontena/http', 'http'),
    program('fetch-agent'),
    ...(isComplete ? [] : [ours('/opt/kontena/start-agent.mjs', 'start-agent.mjs')]),
    ours('/opt/kontena/packages', 'packages'),
    program('install-docker'),
    program('wait-for-clock'),
    program('setup'),
    ...(firewall === undefined ? [] : firewallFiles(firewall)),
  ]
}

/** The variables with which an agent finds its master and believes it. */
export function agentEnvironment(master: BootstrapMaster): Record<string, string> {
  return {
    KONTENA_URI: agentUrl(parseMasterUrl(master.url)),
    ...(master.ca === undefined ? {} : { SSL_CERT_FILE: '/etc/kontena/ca.pem' }),
  }
}

function joinFiles({ master, join }: MachineFilesOptions): MachineFile[] {
  const { KONTENA_URI, ...trust } = agentEnvironment(master)
  if ('environment' in join) {
    const variables = { KONTENA_URI, ...join.environment, ...trust }
    return [theirs('/etc/kontena-agent.env', environmentFile(variables), 0o600)]
  }
  return [
    theirs('/etc/kontena/enrolment.json', enrolmentFile(join), 0o600),
    theirs('/etc/kontena/agent.env', environmentFile({ KONTENA_URI, ...trust })),
    program('enrol'),
  ]
}

/** The enrol script adds the id to `machine`, so that stays last, and the whole is one line. */
function enrolmentFile({
  enrolment,
  provider,
  account,
}: Extract<Join, { enrolment: unknown }>): string {
  const machine = { provider, account: account.id, region: account.region, order: enrolment.order }
  return `${JSON.stringify({ secret: enrolment.secret, machine })}\n`
}

/** Lines as docker's `--env-file` reads them: no quoting, so no value holds a line's end. */
function environmentFile(variables: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(variables).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (/\p{Cc}/u.test(value)) {
      throw new ProvisionError('BAD_OPTIONS', `the value of ${name} has a control character in it`)
    }
    return [`${name}=${value}\n`]
  })
  return lines.join('')
}

function settingsFiles(): MachineFile[] {
  return [
    ours('/etc/docker/daemon.json', 'daemon.json'),
    ours('/etc/sysctl.d/99-kontena.conf', '99-kontena.conf'),
  ]
}

/** Settings are only offered there, and programs see which of them the host has room for. */
function lentHostFiles(agent: AgentSource): MachineFile[] {
  return [
    ours('/opt/kontena/daemon.json', 'daemon.json'),
    ours('/opt/kontena/99-kontena.conf', '99-kontena.conf'),
    theirs('/etc/kontena/image', `${agentImage(agent)}\n`),
    program('prepare-host'),
    program('remove'),
  ]
}

/** The image that the agent runs in, or is. */
export function agentImage(agent: AgentSource): string {
  return 'image' in agent
    ? parseImage(agent.image, '--agent-image')
    : parseImage(agent.runtime, '--agent-runtime')
}

function agentUnit(agent: AgentSource, firewall: FirewallRules | undefined): string {
  return renderTemplate('kontena-agent.service', {
    image: agentImage(agent),
    mounted: !('image' in agent),
    tellsPeers: firewall?.admitted.length,
  })
}

function firewallFiles(firewall: FirewallRules): MachineFile[] {
  const unit = (name: string): MachineFile => ours(`/etc/systemd/system/${name}`, name)
  return [
    {
      path: '/etc/kontena/firewall.nft',
      mode: 0o644,
      content: renderTemplate('firewall.nft', { refused: [], ...firewall }),
      ours: true,
    },
    unit('kontena-firewall.service'),
    program('raise-firewall'),
    ...(firewall.admitted.length === 0
      ? []
      : [unit('kontena-peers.path'), unit('kontena-peers.service')]),
  ]
}

function program(name: string): MachineFile {
  return { ...ours(`/opt/kontena/${name}`, name), mode: 0o755 }
}

/** A file of `templates/node` as it is. */
function ours(path: string, name: string): MachineFile {
  return { path, mode: 0o644, content: readNodeFile(name), ours: true }
}

function theirs(path: string, content: string, mode = 0o644): MachineFile {
  return { path, mode, content, ours: false }
}
