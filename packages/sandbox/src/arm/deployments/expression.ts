import { badRequest } from '../wire/errors.ts'

export type Value = unknown

/** What an expression may call, by name in lower case. */
export type Functions = ReadonlyMap<string, (values: readonly Value[]) => Value>

/** Evaluates a text of a template: an expression where it stands in brackets, else itself. */
export function evaluateText(text: string, functions: Functions): Value {
  if (!text.startsWith('[') || !text.endsWith(']')) return text
  if (text.startsWith('[[')) return text.slice(1)
  return openParser(text.slice(1, -1), functions).whole()
}

/** Evaluates every text within a value. Names of fields may be expressions too in Azure; here they stay. */
export function evaluateAll(value: Value, functions: Functions): Value {
  if (typeof value === 'string') return evaluateText(value, functions)
  if (Array.isArray(value)) return value.map((one) => evaluateAll(one, functions))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, evaluateAll(one, functions)]),
  )
}

const token =
  /\s*(?:('(?:[^']|'')*')|(-?\d+)|([A-Za-z_][\w]*(?:\.[A-Za-z_]\w*(?=\())*)|([()[\],.]))/y

function openParser(text: string, functions: Functions) {
  const tokens = tokenize(text)
  let at = 0
  const peek = () => tokens[at]
  const take = () => {
    at += 1
    return tokens[at - 1]
  }
  const expect = (wanted: string) => {
    if (take() !== wanted) throw invalid(text, `'${wanted}' is missing`)
  }
  function list(end: string): readonly Value[] {
    const values: Value[] = []
    if (peek() === end) {
      take()
      return values
    }
    do values.push(expression())
    while (peek() === ',' && take() === ',')
    expect(end)
    return values
  }
  function primary(): Value {
    const word = take() ?? ''
    if (word.startsWith("'")) return word.slice(1, -1).replaceAll("''", "'")
    if (/^-?\d+$/.test(word)) return Number(word)
    if (!/^[A-Za-z_]/.test(word)) throw invalid(text, `'${word}' is not expected`)
    if (peek() !== '(') throw invalid(text, `'${word}' is no function call`)
    take()
    const values = list(')')
    const found = functions.get(word.toLowerCase())
    if (found !== undefined) return found(values)
    throw invalid(text, `the sandbox does not know the template function '${word}'`)
  }
  function expression(): Value {
    let value = primary()
    for (;;) {
      if (peek() === '.') {
        take()
        value = memberOf(value, take() ?? '', text)
      } else if (peek() === '[') {
        take()
        value = memberOf(value, expression(), text)
        expect(']')
      } else return value
    }
  }
  return {
    whole() {
      const value = expression()
      if (at === tokens.length) return value
      throw invalid(text, `'${peek()}' is not expected`)
    },
  }
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = []
  const trimmed = text.trimEnd()
  token.lastIndex = 0
  while (token.lastIndex < trimmed.length) {
    const start = token.lastIndex
    const found = token.exec(trimmed)
    if (found === null) throw invalid(text, `the text at ${start} is not understood`)
    tokens.push(found[0].trim())
  }
  return tokens
}

function memberOf(value: Value, name: Value, text: string): Value {
  if (Array.isArray(value) && typeof name === 'number' && name in value) return value[name]
  if (typeof value === 'object' && value !== null && typeof name === 'string') {
    const found = Object.entries(value).find(([one]) => one.toLowerCase() === name.toLowerCase())
    if (found !== undefined) return found[1]
  }
  throw invalid(text, `the property '${String(name)}' doesn't exist`)
}

function invalid(text: string, reason: string) {
  return badRequest(
    'InvalidTemplate',
    `Unable to process template language expressions in '[${text}]': ${reason}.`,
  )
}

/** @throws ArmError in the words that all faults of a template share */
export function invalidTemplate(reason: string) {
  return badRequest('InvalidTemplate', `Deployment template validation failed: '${reason}'.`)
}
