import { type Sandbox, type SandboxOptions, startSandbox } from '@kontena/sandbox'
import { type MasterLab, openMasterLab } from './master-lab.ts'

/** A master, a simulated cloud and a command that is logged in, all in a folder of their own. */
export interface Lab extends MasterLab {
  readonly sandbox: Sandbox
}

export async function openLab(options: SandboxOptions = {}): Promise<Lab> {
  const sandbox = await startSandbox({ bootTime: 300, ...options })
  const lab = await openMasterLab(sandbox.environment())
  return {
    ...lab,
    sandbox,
    close: async () => {
      await sandbox.close()
      await lab.close()
    },
  }
}
