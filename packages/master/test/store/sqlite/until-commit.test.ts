import { describe, expect, it } from 'vitest'
import { untilCommit } from '../../../src/store/sqlite/until-commit.ts'

describe('what is remembered until a commit', () => {
  function remembered(found: Record<string, number>) {
    const asked: string[] = []
    let commit = (): void => {}
    const onCommit = (listener: () => void): void => {
      commit = listener
    }
    const find = untilCommit({ onCommit }, (key) => {
      asked.push(key)
      return found[key]
    })
    return { find, asked, commit: () => commit() }
  }

  it('is looked up once by each key', () => {
    const { find, asked } = remembered({ a: 1, b: 2 })
    expect([find('a'), find('b'), find('a')]).toEqual([1, 2, 1])
    expect(asked).toEqual(['a', 'b'])
  })

  it('is looked up again after anything has changed', () => {
    const found: Record<string, number> = { a: 1 }
    const { find, commit } = remembered(found)
    find('a')
    found.a = 2
    expect(find('a')).toBe(1)
    commit()
    expect(find('a')).toBe(2)
    delete found.a
    commit()
    expect(find('a')).toBeUndefined()
  })

  it('is nothing that was not there, so that guesses fill no memory', () => {
    const { find, asked } = remembered({})
    expect([find('a'), find('a')]).toEqual([undefined, undefined])
    expect(asked).toEqual(['a', 'a'])
  })
})
