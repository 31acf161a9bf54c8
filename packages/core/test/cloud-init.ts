import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolder } from './bootstrap-machine.ts'

/** The interpreter that has cloud-init as a library; undefined where there is none. */
export const cloudInitPython = ['/usr/bin/python3', 'python3'].find((file) => {
  try {
    execFileSync(file, ['-c', 'import cloudinit.user_data'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
})

/** Runs a program with cloud-init's library; gives what it prints. Each text is a file, named as argument. */
export function runCloudInit(program: string, ...texts: readonly (string | Uint8Array)[]): string {
  const folder = makeFolder()
  const files = texts.map((text, index) => {
    const file = join(folder, String(index))
    writeFileSync(file, text)
    return file
  })
  return execFileSync(cloudInitPython ?? 'python3', ['-c', program, ...files], { encoding: 'utf8' })
}

const documents = z.array(z.record(z.string(), z.unknown()))

const merge = `
import json, sys
from cloudinit import mergers, util
from cloudinit.handlers.jinja_template import render_jinja_payload
ours, theirs, both, facts = [open(file).read() for file in sys.argv[1:]]
render = lambda text: util.load_yaml(render_jinja_payload(text, 'part-001', json.loads(facts)))
how = mergers.string_extract_mergers('dict(recurse_array,no_replace)+list(append)+str()')
merged = mergers.construct(how).merge(render(ours), util.load_yaml(theirs))
class Encoder(json.JSONEncoder):
    def default(self, value):
        return 'bytes ' + value.hex() if isinstance(value, bytes) else str(value)
print(json.dumps([merged, render(both)], cls=Encoder))
`

/**
 * What cloud-init makes of a document and a person's own by its merge rules, and what it makes of the one
 * document that holds both.
 */
export function mergeByCloudInit(
  texts: { readonly ours: string; readonly theirs: string; readonly both: string },
  facts: Readonly<Record<string, unknown>>,
) {
  const { ours, theirs, both } = texts
  const [merged, read] = documents.parse(
    JSON.parse(runCloudInit(merge, ours, theirs, both, JSON.stringify(facts))),
  )
  return { merged, read }
}
