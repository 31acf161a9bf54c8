/** Parameters of the EC2 Query protocol: `Filter.1.Value.2=x` is `{ Filter: { 1: { Value: { 2: 'x' } } } }`. */
export interface Parameters {
  [name: string]: string | Parameters
}

/** Takes a form body apart. A name that is both a value and a group keeps what came last. */
export function parseParameters(body: string): Parameters {
  const root = emptyParameters()
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.split('.')
    const last = path.pop() ?? name
    let group = root
    for (const step of path) group = subgroup(group, step)
    group[last] = value
  }
  return root
}

/** One parameter's text; undefined where it is absent or a group. */
export function parameterText(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name]
  return typeof value === 'string' ? value : undefined
}

function subgroup(group: Parameters, name: string): Parameters {
  const found = group[name]
  if (typeof found === 'object') return found
  const made = emptyParameters()
  group[name] = made
  return made
}

/** Without a prototype, so that no name a caller makes up means anything. */
function emptyParameters(): Parameters {
  return Object.create(null)
}
