import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { downloadImage } from './download.ts'
import { BootProblem } from './problem.ts'

export interface ImageSource {
  /** A path or an address, of a qcow2 or raw image with cloud-init. */
  readonly image?: string | undefined
  /** Folder in which downloaded images are kept; one in the user's cache where absent. */
  readonly imageFolder?: string | undefined
  /** Receives what is going on while an image is fetched. */
  readonly tell?: ((line: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const examples =
  'give a path, or an address such as ' +
  'https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2'

/** The path of the image, after fetching it where an address was given. @throws BootProblem */
export async function findImage({ image, imageFolder, ...source }: ImageSource): Promise<string> {
  if (image === undefined) {
    throw new BootProblem('virtual machines need an image to boot from', examples)
  }
  if (!/^https?:\/\//.test(image)) return resolve(image)
  const folder = imageFolder ?? join(homedir(), '.cache', 'kontena', 'images')
  return await downloadImage({ ...source, url: new URL(image), folder })
}
