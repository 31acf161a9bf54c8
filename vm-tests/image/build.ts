/** Makes the images named as arguments, or all of them, and prints where each is. */
import { buildImage } from './image.ts'
import { flavours } from './recipe.ts'

const asked = process.argv.slice(2)
const controller = new AbortController()
process.once('SIGINT', () => controller.abort())
for (const flavour of flavours) {
  if (asked.length > 0 && !asked.includes(flavour)) continue
  const { disk, runtime, took } = await buildImage(flavour, controller.signal)
  const when = took === 0 ? 'was there' : `made in ${Math.round(took / 1000)} s`
  process.stdout.write(`${flavour}: ${disk} (${when}); for --agent-runtime: ${runtime.name}\n`)
}
