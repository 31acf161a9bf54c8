import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findAddresses } from '../addresses/addresses.ts'
import { cloudOfHost } from '../addresses/metadata/cloud-of-host.ts'
import { openMetadata } from '../addresses/metadata/open-metadata.ts'
import { readDockerInfo } from '../docker/docker.ts'
import type { Settings } from '../environment.ts'
import { firewallFiles } from '../firewall-peers.ts'
import { checkDisk } from '../health/check-disk.ts'
import { checkFirewall } from '../health/check-firewall.ts'
import { readKept } from '../identity/kept-id.ts'
import type { Places } from '../places.ts'
import { reasonOf } from '../reason-of.ts'
import type { Finding } from './finding.ts'
import { listeningPorts } from './listening-ports.ts'

/** All about the host itself. */
export async function examineHost(
  settings: Settings,
  places: Places,
  signal: AbortSignal,
): Promise<Finding[]> {
  const [docker, rest] = await Promise.all([
    examineDocker(settings, signal),
    Promise.all([
      examineState(settings),
      examineAddresses(settings, places, signal),
      examineOverlay(places),
      examineFirewall(places),
    ]),
  ])
  return [docker.finding, await examineDisk(docker.rootFolder), ...rest.flat()]
}

async function examineDocker({ dockerSocket: socket }: Settings, signal: AbortSignal) {
  const name = 'Docker'
  try {
    const { ServerVersion, DockerRootDir } = await readDockerInfo(socket, signal)
    const message = `${ServerVersion ?? 'of some version'} at ${socket}`
    const finding: Finding = { name, level: 'ok', message }
    return { finding, rootFolder: DockerRootDir ?? '/' }
  } catch (error) {
    const finding: Finding = {
      name,
      level: 'warn',
      message: `none at ${socket}: ${reasonOf(error)}`,
      next: 'systemctl status docker; in a container the socket has to be mounted',
    }
    return { finding, rootFolder: '/' }
  }
}

async function examineDisk(rootFolder: string): Promise<Finding> {
  const { ok, message } = await checkDisk(rootFolder)
  if (ok) return { name: 'disk', level: 'ok', message }
  return { name: 'disk', level: 'fail', message, next: 'make room: docker system prune' }
}

async function examineState({ stateFolder, nodeId }: Settings): Promise<Finding[]> {
  const name = 'state'
  try {
    await access(stateFolder, constants.R_OK | constants.W_OK)
  } catch (error) {
    if (isMissing(error)) {
      const message = `${stateFolder} is not there yet: the first start makes it`
      return [{ name, level: 'warn', message, next: 'nothing, where no agent has run here' }]
    }
    const message = `${stateFolder} cannot be written: ${reasonOf(error)}`
    const next = 'mount a folder there, or name another one in KONTENA_STATE_DIR'
    return [{ name, level: nodeId === undefined ? 'fail' : 'warn', message, next }]
  }
  const kept = await readKept(join(stateFolder, 'node-id'))
  const id = nodeId ?? kept?.id
  const message = id === undefined ? 'no id yet: the first start chooses one' : `this host is ${id}`
  return [{ name, level: 'ok', message }]
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

async function examineAddresses(
  settings: Settings,
  { sys, metadata: origin }: Places,
  signal: AbortSignal,
): Promise<Finding[]> {
  let complaint: string | undefined
  const metadata = openMetadata({
    sys,
    origin,
    signal,
    log: (_level, message) => {
      complaint = message
    },
  })
  const cloud = await cloudOfHost(sys)
  const { privateIp, publicIp } = await findAddresses(settings, metadata)
  const message = `private ${privateIp ?? 'unknown'}, public ${publicIp ?? 'unknown'}`
  const addresses: Finding =
    privateIp === null
      ? {
          name: 'addresses',
          level: 'warn',
          message,
          next: 'name the interface that leads to other nodes in KONTENA_PEER_INTERFACE',
        }
      : { name: 'addresses', level: 'ok', message }
  if (cloud === undefined) return [addresses]
  const next = 'let this host itself reach 169.254.169.254, past every proxy'
  const service: Finding =
    complaint === undefined
      ? { name: 'metadata', level: 'ok', message: `this is a machine of ${cloud}` }
      : { name: 'metadata', level: 'warn', message: complaint, next }
  return [service, addresses]
}

/** Nothing of this agent listens there yet, which is no failure. */
async function examineOverlay({ proc }: Places): Promise<Finding[]> {
  const found = await listeningPorts(proc, [6783, 6784])
  const message =
    found.length === 0
      ? 'nothing listens on 6783 and 6784: the overlay network is not part of this agent yet'
      : `something listens on ${found.join(' and ')}`
  return [{ name: 'overlay', level: 'ok', message }]
}

async function examineFirewall({ firewall }: Places): Promise<Finding[]> {
  const name = 'firewall'
  const { ok, message } = await checkFirewall(firewall)
  if (!ok) return [{ name, level: 'fail', message, next: 'journalctl -u kontena-peers.service' }]
  const files = firewallFiles(firewall)
  if (files === undefined) return [{ name, level: 'ok', message }]
  const text = await readFile(files.wanted, 'utf8').catch(() => '')
  const peers = text.match(/(?<=[{,] )[^ ,}]+/g)?.length ?? 0
  return [{ name, level: 'ok', message: `${message}: ${peers}` }]
}
