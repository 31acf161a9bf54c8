import { defineConfig } from 'vitest/config'
import { seenReporter } from './vm-tests/src/seen-reporter.ts'

/** Tests on machines that really boot. One file after the other: an emulated machine takes all cores. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['vm-tests/test/**/*.vm.test.ts'],
    globalSetup: ['vitest.build.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 1_800_000,
    teardownTimeout: 60_000,
    reporters: [seenReporter()],
  },
})
