import { isFailure } from '@kontena/core'
import { startInBackground } from './background.ts'
import { filesOf } from './layout.ts'
import { removeMachineFolder, writeStart } from './machine-folders.ts'

/**
 * Starts the `vagrant up` of a folder that is whole, and resolves while it runs. A machine that fails stays where
 * it is: whether it goes is its order's to say.
 */
export async function startUp(path: string, provider: string): Promise<void> {
  const flags = ['--no-destroy-on-error', '--no-install-provider', '--provider', provider]
  try {
    const process = await startInBackground(['up', ...flags], {
      folder: path,
      log: filesOf(path).log,
    })
    writeStart(path, { state: 'starting', process })
  } catch (error) {
    // Where Vagrant did not even start, there is nothing but the folder.
    if (isFailure(error, 'NOT_FOUND')) removeMachineFolder(path)
    throw error
  }
}
