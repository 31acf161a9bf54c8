import { defineConfig } from 'vitest/config'

/** Tests against moto, an EC2 that nobody here wrote: `pip install 'moto[server,ec2,ssm]'`. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['packages/*/test/**/*.moto.test.ts'],
    globalSetup: ['vitest.build.ts', 'packages/provider-aws/test/moto-server.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
