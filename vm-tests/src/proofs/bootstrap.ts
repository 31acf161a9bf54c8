import { prove } from '../prove.ts'
import type { Subject } from '../subject.ts'
import {
  cloudInitIsDone,
  filesHaveModes,
  limitsAreSet,
  type Modes,
  unitsAreActive,
} from './boot.ts'
import { dockerIsAsShown, nodeIsOnline } from './online.ts'
import { gridTokenIsNowhere, secretIsRefused } from './secrets.ts'
import { hostKeysAreKnown, sshAsksNothing } from './ssh.ts'

/** What every machine of a cloud has, whichever cloud it is. */
const modes: Modes = {
  '/etc/kontena-agent.env': '600',
  '/etc/kontena/enrolment.json': undefined,
  '/etc/kontena/agent.env': '644',
  '/etc/kontena/ca.pem': '644',
  '/etc/kontena/master': '644',
  '/etc/kontena/name': '644',
  '/etc/kontena/instance-id': '644',
  '/etc/kontena/agent.sha256': '644',
  '/etc/docker/daemon.json': '644',
  '/etc/sysctl.d/99-kontena.conf': '644',
  '/etc/systemd/system/kontena-agent.service': '644',
  '/opt/kontena/enrol': '755',
  '/opt/kontena/fetch-agent': '755',
  '/opt/kontena/install-docker': '755',
  '/opt/kontena/setup': '755',
  '/opt/kontena/start-agent.mjs': '644',
  '/opt/kontena/wait-for-clock': '755',
}
/** Where the firewall is the machine's own, and lets in what the table of ports says. */
export const firewallModes: Modes = {
  '/etc/kontena/firewall.nft': '644',
  '/etc/systemd/system/kontena-firewall.service': '644',
  '/etc/systemd/system/kontena-peers.path': '644',
  '/etc/systemd/system/kontena-peers.service': '644',
  '/opt/kontena/raise-firewall': '755',
}

export interface BootstrapFacts {
  readonly provider: string
  readonly labels: readonly string[]
  /** Further units and files. */
  readonly units?: readonly string[]
  readonly modes?: Modes
  /** Shell that prints the user data as the cloud's metadata service gives it, afterwards and to anybody. */
  readonly readUserData: string
}

/** Declares the proofs that what was rendered boots, on any cloud. */
export function proveBootstrap(subject: () => Subject, facts: BootstrapFacts): void {
  prove('cloud-init ends without an error or a warning', (signal) =>
    cloudInitIsDone(subject(), signal),
  )
  prove('the services run, now and after the next boot', (signal) =>
    unitsAreActive(subject(), ['kontena-agent', 'docker', ...(facts.units ?? [])], signal),
  )
  prove('files are there with their modes', (signal) =>
    filesHaveModes(subject(), { ...modes, ...facts.modes }, signal),
  )
  prove('the kernel has the limits', (signal) => limitsAreSet(subject(), signal))
  prove('the agent joined over TLS with the pinned authority', (signal) =>
    nodeIsOnline(subject(), facts, signal),
  )
  prove('Docker says of itself what kontena node show says', (signal) =>
    dockerIsAsShown(subject(), signal),
  )
  prove('the enrolment secret is refused when somebody reads it back', (signal) =>
    secretIsRefused(subject(), facts.readUserData, signal),
  )
  prove("the grid's token is nowhere on the disk", (signal) =>
    gridTokenIsNowhere(subject(), signal),
  )
  prove('the master holds the SSH host keys of the machine', (signal) =>
    hostKeysAreKnown(subject(), signal),
  )
  prove('kontena node ssh asks no question', (signal) => sshAsksNothing(subject(), [], signal))
}
