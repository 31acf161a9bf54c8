/**
 * What a metadata service shows of a document as a tree of texts: values as they are, folders as the names
 * in them, which end in a slash where they are folders themselves.
 */
export function listing(tree: unknown, path: string): string | undefined {
  let at = tree
  for (const name of path.split('/').filter((part) => part !== '')) {
    at = isFolder(at) ? at[name] : undefined
  }
  if (at === undefined || at === null) return undefined
  if (!isFolder(at)) return String(at)
  const entries = Object.entries(at)
  return entries.map(([name, value]) => (isFolder(value) ? `${name}/` : name)).join('\n')
}

/** Lists count as folders whose names are numbers. */
function isFolder(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
