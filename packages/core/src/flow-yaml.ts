/**
 * A YAML string in double quotes in which all that YAML or jinja could take for its own is an escape.
 * Escapes are YAML's of eight digits, since JSON's surrogate pairs are not YAML.
 */
export function quoteForYaml(text: string): string {
  const escaped = text.replace(/[^\x20-\x7e]|["\\{]/gu, (character) => {
    if (character === '\n') return '\\n'
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\U${code.padStart(8, '0')}`
  })
  return `"${escaped}"`
}

/** YAML takes a key for one only up to 1024 characters, and {@link quoteForYaml} makes ten of one. */
const longestKey = 100
/** Deeper than any value is that does not hold itself, as aliases can make one. */
const deepest = 500

/**
 * A value as YAML on one line, in which jinja finds nothing. PyYAML reads from it what the value is; numbers
 * and keys of which that is not sure are refused, as is what is none of YAML's plain types.
 *
 * @throws RangeError with what cannot be written
 */
export function toFlowYaml(value: unknown, depth = 0): string {
  if (depth > deepest) throw new RangeError('a value that holds itself')
  if (value === null) return 'null'
  if (typeof value === 'string') return quoteWhole(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return plainNumber(value)
  if (value instanceof Uint8Array) return `!!binary "${Buffer.from(value).toString('base64')}"`
  if (Array.isArray(value)) {
    return `[${value.map((item) => toFlowYaml(item, depth + 1)).join(', ')}]`
  }
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).map((entry) => flowEntry(entry, depth + 1))
    return `{${entries.join(', ')}}`
  }
  throw new RangeError('a value of a kind that cannot be merged')
}

/** `key: value`, as it stands in a mapping. */
export function flowEntry([key, value]: readonly [string, unknown], depth = 0): string {
  if (key.length > longestKey) throw new RangeError(`a key of more than ${longestKey} characters`)
  return `${quoteWhole(key)}: ${toFlowYaml(value, depth)}`
}

/** Half of a surrogate pair is a character to PyYAML, and an exception as soon as it is written down. */
function quoteWhole(text: string): string {
  if (text.isWellFormed()) return quoteForYaml(text)
  throw new RangeError('half a character in a text')
}

function plainNumber(value: number): string {
  const text = String(value)
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : /^-?\d+\.\d+$/.test(text)
  if (isExact) return text
  throw new RangeError(`the number ${text}; write it in quotes`)
}
