import { resolve } from 'node:path'
import { ProvisionError } from '@kontena/core'

/** A folder stays where it is and is used from there; all else is npm's to fetch. */
export type PluginSource =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'npm'; readonly spec: string }

const npmName = /^(@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*(@[\w.^~<>=+-]+)?$/i

/** Reads what follows `plugin install`. Throws `BAD_OPTIONS` for what could mean anything to npm. */
export function parsePluginSource(text: string, cwd: string): PluginSource {
  if (text.endsWith('.tgz')) return { kind: 'npm', spec: resolve(cwd, text) }
  if (/^\.{0,2}\//.test(text) || text === '.' || text === '..') {
    return { kind: 'folder', folder: resolve(cwd, text) }
  }
  if (npmName.test(text)) return { kind: 'npm', spec: text }
  throw new ProvisionError('BAD_OPTIONS', `${text} is neither an npm package nor a path`, {
    hint: 'write a name as @scope/name or name@1.2.3, and a path so that it begins with ./ or /',
  })
}
