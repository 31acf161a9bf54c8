import { parseArgs } from 'node:util'
import { startInventory } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7070' },
    token: { type: 'string', default: 'secret' },
  },
})
const { token } = values
const racks = { 'rack-a': 8, 'rack-b': 8 }
const inventory = await startInventory({
  port: Number(values.port),
  token,
  sites: { cellar: racks },
})

process.stdout.write(
  `export STATIC_URL=${inventory.url} STATIC_SITE=cellar STATIC_TOKEN=${token}\n`,
)
process.once('SIGINT', () => void inventory.close())
