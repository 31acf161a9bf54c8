import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['{packages,examples}/*/test/**/*.test.ts'],
    exclude: ['**/*.moto.test.ts', '**/*.live.test.ts'],
    globalSetup: 'vitest.build.ts',
    setupFiles: ['vitest.patience.ts'],
    testTimeout: 30_000,
    // A busy computer is no failure: what does not come, does not come in ten seconds either.
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
  },
})
