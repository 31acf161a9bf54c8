import { expect } from 'vitest'
import { z } from 'zod'
import { type Subject, showNode } from '../subject.ts'

const dockerInfo = z.object({
  ID: z.string(),
  ServerVersion: z.string(),
  OperatingSystem: z.string(),
  KernelVersion: z.string(),
  Driver: z.string(),
  DockerRootDir: z.string(),
  NCPU: z.number(),
  MemTotal: z.number(),
})

/** The node is online by its own token, from a machine that says where it was made, with all its labels. */
export async function nodeIsOnline(
  subject: Subject,
  expected: { readonly provider: string; readonly labels: readonly string[] },
  signal: AbortSignal,
): Promise<string> {
  const node = await showNode(subject, signal)
  expect(node).toMatchObject({
    status: 'online',
    connected: true,
    has_token: true,
    machine: { provider: expected.provider },
  })
  expect(node.labels).toEqual(expect.arrayContaining([...expected.labels]))
  const id = await subject.guest.root('cat /etc/kontena/instance-id', signal)
  expect(id).toBe(node.machine?.id)
  return `online as machine ${id}, with ${node.labels.join(', ')}`
}

/** What people see of the machine is what Docker on it says. */
export async function dockerIsAsShown(subject: Subject, signal: AbortSignal): Promise<string> {
  const node = await showNode(subject, signal)
  const text = await subject.guest.root("docker info --format '{{json .}}'", signal)
  const docker = dockerInfo.parse(JSON.parse(text))
  expect({
    ID: node.node_id,
    ServerVersion: node.docker_version,
    OperatingSystem: node.os,
    KernelVersion: node.kernel_version,
    Driver: node.driver,
    DockerRootDir: node.engine_root_dir,
    NCPU: node.cpus,
    MemTotal: node.mem_total,
  }).toEqual(docker)
  return `Docker ${docker.ServerVersion} on ${docker.OperatingSystem}, ${docker.KernelVersion}, engine ${docker.ID}`
}
