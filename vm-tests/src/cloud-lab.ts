import { afterAll, beforeAll } from 'vitest'
import type { Flavour } from '../image/recipe.ts'
import { type ChosenImage, chooseImage } from './choose-image.ts'
import { type CloudNode, createCloudNodes } from './cloud-node.ts'
import type { Kontena } from './kontena.ts'
import { type Lab, openLab } from './lab.ts'
import { startSandbox } from './sandbox.ts'

export interface CloudLabOptions {
  readonly provider: string
  readonly flavour: Flavour
  readonly names: readonly string[]
  /** Further words of `node create`. */
  readonly options: readonly string[]
}

/** What the proofs of one cloud work with, once its machines are there. */
export interface CloudLab {
  readonly lab: Lab
  /** The command, with the cloud's variables. */
  readonly kontena: Kontena
  readonly image: ChosenImage
  /** The same command at work on another grid. */
  inGrid(grid: string): Kontena
  /** In the order of their names. */
  node(index: number): CloudNode
}

/** Before the proofs: a master, the simulated clouds, and nodes made by one order. After them: nothing. */
export function useCloudLab(options: CloudLabOptions): () => CloudLab {
  const opening = new AbortController()
  let lab: Lab | undefined
  let opened: CloudLab | undefined
  beforeAll(async () => {
    const { signal } = opening
    const image = await chooseImage(options.flavour, signal)
    lab = await openLab(signal)
    const variables = await startSandbox(lab, image)
    const { withEnvironment } = lab
    const kontena = withEnvironment(variables)
    const nodes = await createCloudNodes(lab, { ...options, image, kontena }, signal)
    opened = {
      lab,
      kontena,
      image,
      inGrid: (grid) => withEnvironment({ ...variables, KONTENA_GRID: grid }),
      node(index) {
        const node = nodes[index]
        if (node === undefined) throw new Error(`there is no node ${index}`)
        return node
      },
    }
  })
  afterAll(async () => {
    opening.abort()
    await lab?.scratch.close()
  })
  return () => {
    if (opened === undefined) throw new Error('the machines are not there yet')
    return opened
  }
}
