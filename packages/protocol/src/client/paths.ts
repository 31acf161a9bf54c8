export function gridPath(grid: string): string {
  return `/v1/grids/${encodeURIComponent(grid)}`
}

/** `node` is a name, or an engine's id. */
export function nodePath(grid: string, node: string): string {
  return `/v1/nodes/${encodeURIComponent(grid)}/${encodeURIComponent(node)}`
}
