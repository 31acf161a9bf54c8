import { describe, expect, it } from 'vitest'
import { plainPrompts } from '../../src/prompts/plain-prompts.ts'
import { fakeIo } from '../fake-io.ts'

const choices = ['a', 'b', 'c'].map((value) => ({ value, label: value.toUpperCase() }))

function open(...input: string[]) {
  const io = fakeIo({ input })
  return { io, prompts: plainPrompts(io) }
}

describe('a simple terminal', () => {
  it('takes several numbers, each once', async () => {
    const { prompts } = open('3, 1 3')
    expect(await prompts.selectMany({ message: 'Which?', choices })).toEqual(['c', 'a'])
  })

  it.each(['', '0', '4', 'x', '1 9', '-1', '1.5'])('asks again after %j', async (wrong) => {
    const { io, prompts } = open(wrong, '2')
    expect(await prompts.selectMany({ message: 'Which?', choices })).toEqual(['b'])
    expect(io.stdout.text).toContain('type numbers from 1 to 3\n')
  })

  it('takes one number where one is asked for, and the offered one for nothing', async () => {
    const question = { message: 'Which?', choices, initial: 'c' }
    expect(await open('1 2', '1').prompts.select(question)).toBe('a')
    expect(await open('').prompts.select(question)).toBe('c')
  })

  it('takes a line that can be right', async () => {
    const check = (answer: string) => (answer === 'right' ? undefined : 'it must be right')
    const { io, prompts } = open('wrong', ' right ')
    expect(await prompts.text({ message: 'Say', check })).toBe('right')
    expect(io.stdout.text).toBe('> Say: it must be right\n> Say: ')
    expect(await open('').prompts.text({ message: 'Say', initial: 'right', check })).toBe('right')
  })

  it('is left at the end of input', async () => {
    const { prompts } = open()
    await expect(prompts.select({ message: 'Which?', choices })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
  })
})
