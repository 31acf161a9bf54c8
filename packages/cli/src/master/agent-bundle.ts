import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { ProvisionError } from '@kontena/core'

/** The file of the agent that a master hands out to machines. Throws `LOCAL_FILE` where it is missing. */
export async function findAgentBundle(): Promise<string> {
  const file = createRequire(import.meta.url).resolve('@kontena/agent/bundle')
  try {
    await access(file)
  } catch (error) {
    throw new ProvisionError('LOCAL_FILE', `the agent is not built: ${file} is missing`, {
      cause: error,
      hint: 'in a checkout: npm run build',
    })
  }
  return file
}
