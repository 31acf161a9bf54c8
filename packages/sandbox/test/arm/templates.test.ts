import { describe, expect, test } from 'vitest'
import { openSandbox, refusal } from './open.ts'
import { deploymentOf, group, type TemplateResource } from './template.ts'
import { quick } from './things.ts'

type Others = Parameters<typeof deploymentOf>[1]

async function deploy(resources: readonly TemplateResource[], others: Others = {}) {
  const { deployments, sandbox } = await openSandbox()
  const body = deploymentOf(resources, others)
  await deployments.deployments.createOrUpdate('grid', 'one', body, quick)
  return sandbox.azure.applicationGroups()
}

/** What a template is refused with. */
async function refused(resources: readonly TemplateResource[], others: Others = {}) {
  const { code, statusCode, message } = await refusal(deploy(resources, others))
  expect({ code, statusCode }).toEqual({ code: 'InvalidTemplate', statusCode: 400 })
  return message
}

async function namesOf(...given: Parameters<typeof deploy>): Promise<readonly string[]> {
  return (await deploy(...given)).map(({ name }) => name)
}

describe('expressions', () => {
  test.each([
    ["[concat('a', '-', 'b')]", 'a-b'],
    ["[format('{0}-{1}', 'a', 2)]", 'a-2'],
    ["[toLower('ABC')]", 'abc'],
    ["[toUpper(concat('a', string(add(1, 2))))]", 'A3'],
    ["[replace(resourceGroup().name, 'grid', 'web')]", 'web'],
    ['[resourceGroup().location]', 'westeurope'],
    ["[substring('abcdef', 1, 3)]", 'bcd'],
    ["[padLeft('7', 3, '0')]", '007'],
    ["[if(equals(mod(5, 2), 1), 'odd', 'even')]", 'odd'],
    ["[createArray('x', 'y')[1]]", 'y'],
    ["[concat('n', string(length(createArray(1, 2))))]", 'n2'],
    ['[deployment().name]', 'one'],
    ["[last3('x')]", undefined],
  ])('%s is worked out', async (name, expected) => {
    if (expected === undefined) {
      expect(await refused([group(name)])).toContain("does not know the template function 'last3'")
    } else expect(await namesOf([group(name)])).toEqual([expected])
  })
  test('may stand for parameters and variables, which speak of each other', async () => {
    const template = {
      parameters: {
        prefix: { type: 'string', defaultValue: "[toLower('WEB')]" },
        count: { type: 'int' },
      },
      variables: {
        full: "[concat(variables('start'), '-', string(parameters('count')))]",
        start: "[parameters('PREFIX')]",
      },
    }
    const parameters = { count: { value: 3 } }
    const resources = [group("[variables('full')]")]
    expect(await namesOf(resources, { template, parameters })).toEqual(['web-3'])
  })
  test('reach into tags, and two brackets mean a text', async () => {
    const tags = { grid: "[concat('w', 'eb')]", literal: '[[not an expression]' }
    expect(await deploy([group('asg', { tags })])).toMatchObject([
      { tags: { grid: 'web', literal: '[not an expression]' } },
    ])
  })
  test.each([
    ["[parameters('no')]", "template parameter 'no' is not found"],
    ["[variables('no')]", "template variable 'no' is not found"],
    ['[resourceGroup().no]', "the property 'no' doesn't exist"],
    ["[concat('a']", "')' is missing"],
    ["[concat('a') 'b']", 'is not expected'],
    ['[~]', 'is not understood'],
    ['[copyIndex()]', 'copyIndex'],
    ["[resourceId('Microsoft.Network/x', 'a', 'b')]", 'resourceId'],
  ])('%s is refused', async (name, reason) => {
    expect(await refused([group(name)])).toContain(reason)
  })
})

describe('copies', () => {
  test('are made as often as they say, each with its index', async () => {
    const loop = { name: 'groups', count: "[parameters('count')]" }
    const template = { parameters: { count: { type: 'int' } } }
    const resources = [
      group("[concat('web-', copyIndex(1))]", { copy: loop }),
      group('after', { dependsOn: ['groups'] }),
    ]
    const parameters = { count: { value: 3 } }
    expect(await namesOf(resources, { template, parameters })).toEqual([
      'web-1',
      'web-2',
      'web-3',
      'after',
    ])
  })
  test('are not made where a condition says so', async () => {
    const resources = [
      group('yes', { condition: '[equals(1, 1)]' }),
      group('no', { condition: false }),
    ]
    expect(await namesOf(resources)).toEqual(['yes'])
  })
  test('count in what a template may hold', async () => {
    const many = (name: string) =>
      group(`[concat('${name}', copyIndex())]`, { copy: { name, count: 401 } })
    expect(await refused([many('a'), many('b')])).toContain("Limit: '800' and actual: '802'")
  })
})

describe('a template is refused', () => {
  test.each<[string, readonly TemplateResource[], string]>([
    ['with a resource twice', [group('a'), group('A')], 'defined multiple times'],
    ['with a dependency on nothing', [group('a', { dependsOn: ['b'] })], "'b' is not defined"],
    [
      'with a circle',
      [group('a', { dependsOn: ['b'] }), group('b', { dependsOn: ['a'] })],
      'Circular dependency',
    ],
    [
      'with a type that is not here',
      [group('a', { type: 'Microsoft.Web/sites' })],
      'Microsoft.Web/sites',
    ],
    ['with a name of the wrong depth', [group('a/b')], 'incorrect segment lengths'],
    ['with nested resources', [group('a', { resources: [] })], "Could not find member 'resources'"],
  ])('%s', async (_, resources, reason) => {
    expect(await refused(resources)).toContain(reason)
  })
  test.each<[string, Record<string, unknown>, Record<string, { value?: unknown }>, string]>([
    ['missing', { type: 'string' }, {}, "'p' is not provided"],
    ['of another type', { type: 'int' }, { p: { value: 'x' } }, "type 'Int'"],
    ['too long', { type: 'string', maxLength: 1 }, { p: { value: 'xy' } }, 'bounds'],
    ['not allowed', { type: 'string', allowedValues: ['a'] }, { p: { value: 'b' } }, 'bounds'],
    ['unknown', { type: 'string' }, { p: { value: 'x' }, q: { value: 1 } }, "'q'"],
  ])('with a parameter that is %s', async (_, declared, parameters, reason) => {
    const template = { parameters: { p: declared } }
    expect(await refused([], { template, parameters })).toContain(reason)
  })
  test('with a circle of variables', async () => {
    const template = { variables: { a: "[variables('b')]", b: "[variables('a')]" } }
    const resources = [group("[variables('a')]")]
    expect(await refused(resources, { template })).toContain('Circular reference')
  })
  test('with outputs, which are not here', async () => {
    const template = { outputs: { id: { type: 'string', value: 'x' } } }
    expect(await refused([], { template })).toContain('outputs')
  })
})
