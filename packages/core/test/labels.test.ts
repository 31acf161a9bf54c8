import { label } from '@kontena/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkUserLabels, isPlacedIn, nodeLabels } from '../src/labels.ts'

const placement = { provider: 'moon', region: 'near', zone: 'tycho' }

describe('isPlacedIn', () => {
  it('asks for the provider and the region, and for no zone', () => {
    const labels = nodeLabels(placement, { ephemeral: false, provider: [], user: [] })
    expect(isPlacedIn(labels, placement)).toBe(true)
    expect(isPlacedIn(labels, { ...placement, region: 'far' })).toBe(false)
    expect(isPlacedIn(labels, { ...placement, provider: 'mars' })).toBe(false)
    expect(isPlacedIn([], placement)).toBe(false)
  })
})

describe('nodeLabels', () => {
  it('puts facts first, then the provider’s own, then the user’s', () => {
    const labels = nodeLabels(placement, {
      ephemeral: true,
      provider: ['type=rover'],
      user: ['disk=ssd', 'edge'],
    })
    expect(labels).toEqual([
      'provider=moon',
      'az=tycho',
      'region=near',
      'ephemeral=yes',
      'type=rover',
      'disk=ssd',
      'edge',
    ])
  })

  it('says nothing of ephemeral where it is not asked for', () => {
    const labels = nodeLabels(placement, { ephemeral: false, provider: [], user: [] })
    expect(labels).toEqual(['provider=moon', 'az=tycho', 'region=near'])
  })

  it('lets a user’s label stand for one of the provider’s own', () => {
    const labels = nodeLabels(placement, {
      ephemeral: false,
      provider: ['type=rover', 'gpu=none'],
      user: ['type=mine'],
    })
    expect(labels.slice(3)).toEqual(['gpu=none', 'type=mine'])
  })
})

describe('checkUserLabels', () => {
  it('takes what the protocol takes, unless it is a fact of ours', () => {
    const own = ['provider', 'az', 'region', 'ephemeral']
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const isRight = label.safeParse(text).success && !own.includes(text.split('=')[0] ?? '')
        let isTaken = true
        try {
          checkUserLabels([text])
        } catch {
          isTaken = false
        }
        expect(isTaken).toBe(isRight)
      }),
    )
  })

  it.each([
    ['', 'label "" must be key or key=value without blanks or commas'],
    ['a,b=c', 'label "a,b=c" must be key or key=value without blanks or commas'],
    ['a=b\nc', 'label "a=b\\nc" must be key or key=value without blanks or commas'],
    ['=v', 'label "=v" must be key or key=value without blanks or commas'],
  ])('refuses %j with what it should be', (text, message) => {
    expect(() => checkUserLabels(['fine=yes', text])).toThrow(
      expect.objectContaining({ code: 'BAD_OPTIONS', message }),
    )
  })

  it.each(['provider=aws', 'az=x', 'region', 'ephemeral=yes'])('keeps %s to itself', (text) => {
    expect(() => checkUserLabels([text])).toThrow(`label ${text} is set by kontena itself`)
  })

  it('points from the label to the flag', () => {
    expect(() => checkUserLabels(['ephemeral=yes'])).toThrow(
      expect.objectContaining({ hint: 'use --ephemeral' }),
    )
  })

  it('takes keys that only begin like ours', () => {
    expect(() => checkUserLabels(['azure=1', 'regional', 'providers=2'])).not.toThrow()
  })
})
