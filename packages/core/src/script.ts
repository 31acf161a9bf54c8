import { renderTemplate } from './bootstrap-templates.ts'
import { parseMasterUrl } from './bootstrap-values.ts'
import type { MachineFile } from './machine-files.ts'

export interface ScriptOptions {
  /** What the script is, in lines of a comment; not more than one each. */
  readonly about: readonly string[]
  readonly name: string
  readonly master: { readonly url: string }
  /** The order whose node it is; a node's own token where absent. */
  readonly order?: string | undefined
  readonly files: readonly MachineFile[]
}

/**
 * A POSIX shell script that makes a node of the host on which root runs it. The same host may run it
 * again, and one that is another node already is left as it is.
 *
 * A machine of an order is told its id by the variable `KONTENA_MACHINE_ID`.
 */
export function renderScript({ about, name, master, order, files }: ScriptOptions): string {
  const node = [name, 'of', parseMasterUrl(master.url), order].filter(Boolean).join(' ')
  for (const text of [node, ...files.map(({ path }) => path)]) checkPlain(text)
  return renderTemplate('script.sh', {
    about,
    node,
    enrols: order !== undefined,
    files: [
      { path: '/etc/kontena/name', mode: 0o644, content: `${name}\n`, ours: true },
      ...files,
    ].map((file) => ({ ...file, once: file.path === '/etc/kontena/enrolment.json' })),
  })
}

/** Everything else stands in base64, or in a document of which shell reads nothing. */
function checkPlain(text: string): void {
  if (/^[\w ./:[\],;()-]*$/.test(text)) return
  throw new Error(`${JSON.stringify(text)} cannot stand in a shell script as it is`)
}
