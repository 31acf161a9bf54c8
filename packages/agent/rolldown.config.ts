import type { BuildOptions } from 'rolldown'

/** The agent as the one file that a master hands out. The same sources give the same bytes. */
export default {
  cwd: import.meta.dirname,
  input: 'src/bin.ts',
  platform: 'node',
  resolve: { conditionNames: ['source', 'node', 'import', 'default'] },
  // Nothing that is imported does something on import; without this, all of zod and the protocol's client come along.
  treeshake: { moduleSideEffects: false },
  // ws tries to load native helpers that are not there.
  transform: {
    define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
  },
  output: { file: 'dist/kontena-agent.mjs', format: 'esm', minify: true, sourcemap: false },
} satisfies BuildOptions
