import { ProvisionError } from '@kontena/core'
import { type Node, nodeTokenChange } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { spin } from '../output/spinner.ts'

export interface NodeResetTokenFlags {
  token?: string
  clearToken?: boolean
  /** False leaves the agent connected until it connects anew. */
  resetConnection?: boolean
  force?: boolean
  grid?: string
}

/** Replaces the token of a node, after which its agent has to be told the new one. */
export async function resetNodeToken(
  options: NodeResetTokenFlags & { name: string },
  context: Context,
): Promise<void> {
  const { name, clearToken = false, resetConnection = true } = options
  if (clearToken && options.token !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', '--token and --clear-token exclude each other')
  }
  const body = parseFlags(
    nodeTokenChange,
    { token: options.token, reset_connection: resetConnection },
    { secrets: new Set(['token']) },
  )
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const node = await findNode(session, grid, name, context.signal)
  await context.agree(question(node, { clearToken, resetConnection }), {
    force: options.force === true,
  })
  await spin(context, `Resetting node ${name} websocket connection token`, () =>
    clearToken
      ? session.client.clearNodeToken(grid, node.name, body, context.signal)
      : session.client.setNodeToken(grid, node.name, body, context.signal),
  )
  const next = nextStep(node, clearToken)
  if (context.json) context.printJson({ id: node.id, next })
  else context.say(next)
}

function question(
  { name }: Node,
  { clearToken, resetConnection }: { clearToken: boolean; resetConnection: boolean },
): string {
  const when = resetConnection ? 'is disconnected now' : 'cannot connect anew'
  const until = clearToken ? "it is given the grid's token" : 'it is given the new token'
  return `The agent of ${name} ${when}, and stays away until ${until}. Are you sure?`
}

function nextStep({ name, machine }: Node, cleared: boolean): string {
  const print = cleared ? 'kontena grid env' : `kontena node env ${name}`
  const where =
    machine === null
      ? 'give it to the agent, and start that again'
      : 'write it into /etc/kontena-agent.env on the machine, and run there: systemctl restart kontena-agent'
  return `Print the new environment with: ${print}; ${where}`
}
