import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const interaction = z.object({
  method: z.string(),
  path: z.string(),
  request: z.unknown(),
  status: z.number(),
  response: z.unknown(),
})
const cassette = z.object({ interactions: z.array(interaction) })

/** One request that UpCloud's own client made, and what the API answered. */
export type Interaction = z.output<typeof interaction> & { readonly cassette: string }

const folder = join(import.meta.dirname, '../../../../shared/specs/upcloud/cassettes')

/** All recorded interactions; none, with a word about it, where the recordings are not here. */
export function readCassettes(): readonly Interaction[] {
  if (!existsSync(folder)) {
    process.stderr.write(`skipped: the recorded sessions of UpCloud are not in ${folder}\n`)
    return []
  }
  return readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    const { interactions } = cassette.parse(JSON.parse(text))
    return interactions.map((one) => ({ ...one, cassette: file }))
  })
}
