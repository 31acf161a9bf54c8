import { defineConfig } from 'rolldown'

/** What runs before a command is chosen, shared with parts that load later. */
const start =
  /node_modules\/commander\/|src\/(?:cli|declare-(?!provider)[\w-]+|providers|settle-command|usage-error|version)\.ts$/

/**
 * `dist/kontena.mjs` with one chunk for each part that loads late. better-sqlite3 is native and stays
 * a dependency; all else is inside, so that a start opens few files: each costs half a millisecond.
 */
export default defineConfig({
  input: { kontena: 'src/bin.ts' },
  platform: 'node',
  external: [/^better-sqlite3/],
  resolve: { conditionNames: ['source', 'import', 'node', 'default'] },
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunks/[name]-[hash].mjs',
    cleanDir: true,
    // Names stay: errors are told by theirs, and a stack is there to be read.
    minify: { mangle: false, compress: true, codegen: true },
    codeSplitting: { groups: [{ name: 'start', test: start }] },
  },
})
