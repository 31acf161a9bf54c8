import { defineConfig } from 'rolldown'

/** What runs before a command is chosen, shared with parts that load later. */
const start =
  /node_modules\/commander\/|packages\/cli\/src\/(?:cli|declare\/(?!provider)[\w-]+|home|installed-plugins|providers|version)\.ts$/

/**
 * `dist/kontena.cjs` with one chunk for each part that loads late. better-sqlite3 is native and stays
 * a dependency; all else is inside, so that a start opens few files: each costs half a millisecond.
 * CommonJS, because Node starts it some milliseconds sooner than modules.
 */
export default defineConfig({
  input: { kontena: 'src/bin.ts' },
  platform: 'node',
  // The SSH client does without these where they are missing, and asks what there is.
  external: [/^better-sqlite3/, 'cpu-features', /\.node$/],
  resolve: { conditionNames: ['source', 'import', 'node', 'default'] },
  output: {
    dir: 'dist',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    cleanDir: true,
    // Names stay: errors are told by theirs, and a stack is there to be read.
    minify: { mangle: false, compress: true, codegen: true },
    codeSplitting: { groups: [{ name: 'start', test: start }] },
  },
})
