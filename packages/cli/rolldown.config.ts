import { defineConfig } from 'rolldown'

/**
 * `dist/kontena.mjs` with one chunk for each part that loads late. better-sqlite3 is native and stays
 * a dependency; all else is inside, so that a start opens few files.
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
    minify: { mangle: false, compress: false, codegen: true },
  },
})
