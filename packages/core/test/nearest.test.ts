import { expect, test } from 'vitest'
import { hintNearest, nearest } from '../src/nearest.ts'

test('the nearest name comes first', () => {
  const types = ['m7i.large', 't3.large', 't3.small', 't4g.small']
  expect(nearest('t3.smal', types, 2)).toEqual(['t3.small', 't4g.small'])
})

test('a hint shows five at most and counts the others', () => {
  const zones = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((letter) => `eu-west-1${letter}`)
  expect(hintNearest('zone', 'eu-west-1x', zones)).toBe(
    'there is eu-west-1a, eu-west-1b, eu-west-1c, eu-west-1d, eu-west-1e and 2 more',
  )
})

test('a hint says where there is nothing to choose from', () => {
  expect(hintNearest('key pair', 'deploy', [])).toBe('there is no key pair here')
})
