import { poll } from '@kontena/core'
import { node } from '@kontena/protocol'
import { z } from 'zod'
import type { ChosenImage } from './choose-image.ts'
import { findDisk } from './find-disk.ts'
import { openGuest } from './guest.ts'
import type { Kontena } from './kontena.ts'
import type { Lab } from './lab.ts'
import type { Subject } from './subject.ts'

/** Nodes of one order at a simulated cloud, on machines that boot. */
export interface CloudOrder {
  /** The word on the command line. */
  readonly provider: string
  readonly names: readonly string[]
  /** Further words of `node create`. */
  readonly options: readonly string[]
  readonly image: ChosenImage
  /** The command, with the cloud's variables. */
  readonly kontena: Kontena
}

const listed = z.array(
  z.object({
    name: z.string(),
    state: z.string(),
    public_ip: z.string().nullable(),
    private_ip: z.string().nullable(),
  }),
)

export interface CloudNode extends Subject {
  readonly publicAddress: string
  readonly privateAddress: string | null
}

/** Makes nodes as a person does, and waits as the command does: until all are online. */
export async function createCloudNodes(
  lab: Lab,
  order: CloudOrder,
  signal: AbortSignal,
): Promise<CloudNode[]> {
  const { provider, names, options, image, kontena } = order
  // Names of several nodes are numbered, as in web-1 and web-2.
  const stem = names.length === 1 ? names[0] : names[0]?.replace(/-1$/, '')
  const many = names.length === 1 ? [] : ['--count', String(names.length)]
  await kontena.run(
    [
      ...[provider, 'node', 'create', stem ?? '', ...many, '--yes', '--timeout', '20m'],
      ...['--agent-runtime', image.runtime, '--ssh-key', lab.key.publicFile, ...options],
    ],
    signal,
  )
  return findCloudNodes(lab, order, signal)
}

async function findCloudNodes(
  lab: Lab,
  { provider, names, kontena, image }: CloudOrder,
  signal: AbortSignal,
): Promise<CloudNode[]> {
  const machines = await kontena.ask(listed, [provider, 'node', 'list'], signal)
  const found = names.map(async (name): Promise<CloudNode> => {
    const machine = machines.find((one) => one.name === name)
    const publicAddress = machine?.public_ip
    if (publicAddress == null) throw new Error(`${name} has no public address`)
    // Some clouds give the image's user another name; the machine tells when it enrols.
    const { ssh_user } = await kontena.ask(node, ['node', 'show', name], signal)
    const login = { address: publicAddress, port: 22, user: ssh_user ?? image.user }
    return {
      lab,
      kontena,
      name,
      guest: openGuest({ ...login, identityFile: lab.key.privateFile }),
      disk: await findDisk(publicAddress),
      publicAddress,
      privateAddress: machine?.private_ip ?? null,
    }
  })
  return Promise.all(found)
}

/** Takes nodes away, and looks whether anything is left of them. */
export async function terminateCloudNodes(
  { provider, names, kontena }: Pick<CloudOrder, 'provider' | 'names' | 'kontena'>,
  signal: AbortSignal,
): Promise<string> {
  await kontena.run([provider, 'node', 'terminate', ...names, '--force'], signal)
  const wait = { reason: 'the machines to be gone', every: 2000, timeout: 60_000, signal }
  await poll(wait, async () => {
    const left = await kontena.run([provider, 'node', 'list', '-q'], signal)
    return left.trim() === '' || undefined
  })
  const records = await kontena.run(['node', 'list', '-q'], signal)
  if (records.trim() !== '') throw new Error(`left in the grid: ${records}`)
  return 'no machine and no node record is left'
}
