import type { Context } from '../context.ts'

/** Prints variables as `docker run --env-file` reads them, with `export` as a shell does. */
export function printEnvironment(
  context: Context,
  variables: Readonly<Record<string, string>>,
  options: { export?: boolean } = {},
): void {
  if (context.json) {
    context.printJson(variables)
    return
  }
  for (const [name, value] of Object.entries(variables)) {
    context.print(options.export ? `export ${name}=${quoteForShell(value)}` : `${name}=${value}`)
  }
}

/** One word of a POSIX shell, whatever is in it. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
