import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename, isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ProvisionError } from '@kontena/core'
import { type RunOptions, runVagrant } from './run-vagrant.ts'

/** Milliseconds: a box is some 600 MB, and Vagrant goes on where an earlier download was cut off. */
const downloadTimeout = 3_600_000
const listTimeout = 60_000

/** A box as the option names it, and as Vagrant keeps it. */
export interface Box {
  /** The name that Vagrant keeps it under. */
  readonly name: string
  /** What `vagrant box add` takes; the name itself for one of the catalogue. */
  readonly source: string
}

/**
 * Reads `--box`. A file or URL gets a name of its own, which for a file changes with its content, so that
 * Vagrant does not take an earlier one for it. Throws `NOT_FOUND` for a file that is not there.
 */
export function parseBox(text: string): Box {
  if (/^https?:\/\//i.test(text)) return parseUrl(text)
  const isFile =
    isAbsolute(text) || /^\.{0,2}[/\\]|^~|\.box$/.test(text) || text.startsWith('file:')
  if (isFile) return parseFile(text)
  if (/^[\w.-]+(\/[\w.-]+)?$/.test(text) && !text.startsWith('-')) {
    return { name: text, source: text }
  }
  throw new ProvisionError('BAD_OPTIONS', `--box ${JSON.stringify(text)} is no box`, {
    hint: 'give a name such as cloud-image/ubuntu-24.04, a file or a URL',
  })
}

/** Boxes that Vagrant has, for this provider of its. */
export async function hasBox(
  { name }: Box,
  provider: string,
  options: Pick<RunOptions, 'folder' | 'signal'>,
): Promise<boolean> {
  const { lines } = await runVagrant(['box', 'list'], {
    ...options,
    what: "list Vagrant's boxes",
    timeout: listTimeout,
  })
  const boxes = lines.filter(({ type }) => type === 'box-name' || type === 'box-provider')
  return boxes.some(
    ({ type, data }, index) =>
      type === 'box-name' &&
      data[0] === name &&
      boxes[index + 1]?.type === 'box-provider' &&
      boxes[index + 1]?.data[0] === provider,
  )
}

/** Fetches the box, where Vagrant does not have it. Cut off, it goes on the next time. */
export async function ensureBox(
  box: Box,
  provider: string,
  options: Pick<RunOptions, 'folder' | 'signal'>,
): Promise<void> {
  if (await hasBox(box, provider, options)) return
  const naming = box.source === box.name ? [] : ['--name', box.name]
  await runVagrant(['box', 'add', ...naming, '--provider', provider, box.source], {
    ...options,
    what: `fetch the box ${box.source}`,
    timeout: downloadTimeout,
  })
}

function parseUrl(text: string): Box {
  const url = URL.parse(text)
  if (url === null || url.username + url.password !== '') {
    throw new ProvisionError('BAD_OPTIONS', '--box is no URL without credentials', {
      hint: 'fetch the box yourself, and give its file',
    })
  }
  return { name: ownName(basename(url.pathname), text), source: text }
}

function parseFile(text: string): Box {
  const path = resolve(text.replace(/^file:\/\//, ''))
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() !== true) {
    throw new ProvisionError('NOT_FOUND', `there is no box file ${path}`, {
      hint: 'give a file, a URL, or a name of the catalogue with --box',
    })
  }
  const version = `${path}\n${found.size}\n${found.mtimeMs}`
  return { name: ownName(basename(path), version), source: pathToFileURL(path).href }
}

function ownName(file: string, version: string): string {
  const stem = file.replace(/\.box$/i, '').replaceAll(/[^\w.-]+/g, '-') || 'box'
  const hash = createHash('sha256').update(version).digest('hex').slice(0, 10)
  return `kontena/${stem}-${hash}`
}
