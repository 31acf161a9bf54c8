/** Where a sealed secret stands: one that is copied to another row does not open there. */
export function gridTokenPurpose(grid: string): string {
  return `grid token ${grid}`
}

export function nodeTokenPurpose(key: string): string {
  return `node token ${key}`
}

export function configurationPurpose(key: string): string {
  return `configuration ${key}`
}

export function loginPurpose(stateHash: string): string {
  return `login ${stateHash}`
}
