import { expect } from 'vitest'
import { type Subject, showNode } from '../subject.ts'

/** The master holds the machine's host keys, all of them and no others. */
export async function hostKeysAreKnown(subject: Subject, signal: AbortSignal): Promise<string> {
  const node = await showNode(subject, signal)
  const text = await subject.guest.root("cut -d ' ' -f 1,2 /etc/ssh/ssh_host_*_key.pub", signal)
  const keys = text.split('\n').sort()
  expect(node.host_keys.toSorted()).toEqual(keys)
  return `${keys.map((key) => key.split(' ')[0]).join(', ')}, user ${node.ssh_user}`
}

/** `kontena node ssh` gets in with nobody there to answer a question. */
export async function sshAsksNothing(
  { lab, kontena, name, guest }: Subject,
  more: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const login = ['node', 'ssh', '--identity-file', lab.key.privateFile, ...more, name]
  const said = await kontena.run([...login, '--', 'cat', '/etc/machine-id'], signal)
  expect(said).toBe(await guest.root('cat /etc/machine-id', signal))
  return 'it logs in and runs a command'
}

/** A machine with another key is not let near the person's command. */
export async function sshRefusesAnotherKey(
  { lab, kontena, name, guest }: Subject,
  more: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  await guest.root(
    `mkdir /root/keys && cp -a /etc/ssh/ssh_host_* /root/keys/ && rm /etc/ssh/ssh_host_*
     ssh-keygen -A > /dev/null && systemctl restart ssh`,
    signal,
  )
  const login = ['node', 'ssh', '--identity-file', lab.key.privateFile, ...more, name]
  try {
    const refused = kontena.run([...login, '--', 'true'], signal)
    await expect(refused).rejects.toThrow(/host key|HOST IDENTIFICATION/i)
  } finally {
    await guest.root(
      'cp -a /root/keys/* /etc/ssh/ && rm -r /root/keys && systemctl restart ssh',
      signal,
    )
  }
  return 'with other keys on the machine it refuses'
}
