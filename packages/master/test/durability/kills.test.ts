import { expect, it } from 'vitest'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { killRounds } from './kill-rounds.ts'

const seed = 20_180_301

it('a master that is killed 20 times while it writes loses nothing that it acknowledged', async () => {
  const figures = await killRounds({ dataDir: temporaryDirectory(), rounds: 20, seed })
  expect(figures).toMatchObject({ writing: 20, starting: 2, lost: [], damaged: [] })
  expect(figures.acknowledged).toBeGreaterThan(200)
}, 180_000)
