import { defaultAgentRuntime } from '@kontena/core'
import { buildImage } from '../image/image.ts'
import type { Flavour } from '../image/recipe.ts'

/** What machines of a run boot from, and what their agents run in. */
export interface ChosenImage {
  readonly disk: string
  /** As `--agent-runtime` takes it. */
  readonly runtime: string
  /** The image's own user, who gets the SSH keys. */
  readonly user: string
}

/**
 * The image that we make, or a cloud's own: `KONTENA_VM_IMAGE` is its path and `KONTENA_VM_USER` its user.
 * That one has no runtime in it, and pulls the usual one.
 */
export async function chooseImage(flavour: Flavour, signal: AbortSignal): Promise<ChosenImage> {
  const { KONTENA_VM_IMAGE: disk, KONTENA_VM_USER: user = 'debian' } = process.env
  if (disk !== undefined) return { disk, runtime: defaultAgentRuntime, user }
  const made = await buildImage(flavour, signal)
  return { disk: made.disk, runtime: made.runtime.name, user }
}
