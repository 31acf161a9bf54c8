import { describe, expect, test } from 'vitest'
import {
  jsonProblems,
  type Model,
  refusalProblems,
  replyProblems,
  requestProblems,
} from './model.ts'

const model: Model = {
  operations: {
    Find: { input: { shape: 'FindRequest' }, output: { shape: 'FindResult' } },
    Touch: { input: { shape: 'FindRequest' } },
  },
  shapes: {
    FindRequest: structure(
      { Count: { shape: 'Number' }, Names: { shape: 'Names', locationName: 'name' } },
      ['Count'],
    ),
    FindResult: structure({
      Found: { shape: 'Names', locationName: 'foundSet' },
      IsWhole: { shape: 'Truth', locationName: 'isWhole' },
      Kind: { shape: 'Kind', locationName: 'kind' },
    }),
    Names: { type: 'list', member: { shape: 'Text' }, members: {}, required: [] },
    Number: { type: 'integer', members: {}, required: [] },
    Truth: { type: 'boolean', members: {}, required: [] },
    Text: { type: 'string', members: {}, required: [] },
    Kind: { type: 'string', enum: ['small', 'large'], members: {}, required: [] },
  },
}

function structure(members: Model['shapes'][string]['members'], required: string[] = []) {
  return { type: 'structure', members, required }
}

function reply(content: string, name = 'Find'): readonly string[] {
  return replyProblems(model, name, `<${name}Response>${content}</${name}Response>`)
}

describe('a request', () => {
  test('that fits the model has no problems', () => {
    expect(requestProblems(model, 'Action=Find&Version=1&Count=2&Name.1=a&Name.2=b')).toEqual([])
  })
  test.each([
    ['Action=Find&Name.1=a', 'Find lacks Count'],
    ['Action=Find&Count=two', 'Find.Count is no integer: two'],
    ['Action=Find&Count=2&name.1=a', 'Find.name is unknown'],
    ['Action=Find&Count=2&Name=a', 'Find.Name is no list'],
    ['Action=Lose&Count=2', 'Lose is no operation with input'],
  ])('%s is told apart', (body, problem) => {
    expect(requestProblems(model, body)).toEqual([problem])
  })
})

describe('a reply', () => {
  test('that fits the model has no problems', () => {
    const content = '<foundSet><item>a</item></foundSet><isWhole>true</isWhole><kind>small</kind>'
    expect(reply(`<requestId>1</requestId>${content}`)).toEqual([])
    expect(reply('<requestId>1</requestId><foundSet/>')).toEqual([])
    expect(reply('<requestId>1</requestId><return>true</return>', 'Touch')).toEqual([])
  })
  test.each([
    ['<foundSet/>', 'there is no requestId'],
    ['<requestId>1</requestId><found/>', 'Find.found is unknown'],
    ['<requestId>1</requestId><isWhole>yes</isWhole>', 'Find.isWhole is no boolean: yes'],
    ['<requestId>1</requestId><kind>tiny</kind>', 'Find.kind cannot be tiny'],
    [
      '<requestId>1</requestId><foundSet><one/></foundSet>',
      'Find.foundSet has one beside its items',
    ],
    [
      '<requestId>1</requestId><foundSet><item><a/></item></foundSet>',
      'Find.foundSet[0] is no string',
    ],
  ])('%s is told apart', (content, problem) => {
    expect(reply(content)).toEqual([problem])
  })
})

test('a refusal has a code, a message and a request id, and nothing else', () => {
  const error = '<Errors><Error><Code>A</Code><Message/></Error></Errors>'
  expect(refusalProblems(`<Response>${error}<RequestID>1</RequestID></Response>`)).toEqual([])
  expect(refusalProblems(`<Response>${error}</Response>`)).toHaveLength(1)
  expect(refusalProblems(error)).toHaveLength(1)
})

test('JSON is held against the same shapes, under their own names', () => {
  const problems = (value: unknown) => jsonProblems(model, 'FindResult', value)
  expect(problems({ Found: ['a'], IsWhole: true, Kind: 'small' })).toEqual([])
  expect(problems({ foundSet: [] })).toEqual(['FindResult.foundSet is unknown'])
  expect(problems({ Found: [1] })).toEqual(['FindResult.Found[0] is no string'])
  expect(problems({ Found: 'a' })).toEqual(['FindResult.Found is no list'])
  expect(jsonProblems(model, 'FindRequest', {})).toEqual(['FindRequest lacks Count'])
})
