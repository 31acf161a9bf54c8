import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findError, parseLine, parseLines, readableLines } from '../src/machine-readable.ts'

describe('a line of machine-readable output', () => {
  it('has a target, a type and data', () => {
    expect(parseLine('1795181645,web-1,state,not_created')).toEqual({
      target: 'web-1',
      type: 'state',
      data: ['not_created'],
    })
  })

  it('escapes what would end it or its data', () => {
    expect(parseLine('1,,plugin-version,0.11.2%!(VAGRANT_COMMA) system\\nx\\r')?.data).toEqual([
      '0.11.2, system\nx\r',
    ])
  })

  it.each(['', 'Traceback', 'a,b,c,d', '12,x', '/usr/lib/ruby: warning, at 1,2,3'])(
    'is none where it is %j',
    (text) => {
      expect(parseLine(text)).toBeUndefined()
    },
  )

  it('gives back what Vagrant was to say, whatever that is', () => {
    const said = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\\'))
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 3 }), (data) => {
        const written = data.map((text) =>
          text.replaceAll(',', '%!(VAGRANT_COMMA)').replaceAll('\n', '\\n').replaceAll('\r', '\\r'),
        )
        // Other line ends are none of Ruby's.
        fc.pre(!/[\u2028\u2029]/.test(data.join('')))
        expect(parseLine(`1,web-1,ui,${written.join(',')}`)?.data).toEqual(data)
      }),
    )
  })
})

describe('what a person would have read', () => {
  const output = [
    '1,web-1,metadata,provider,libvirt',
    "2,web-1,ui,info,Bringing machine 'web-1' up with 'libvirt' provider...",
    '3,web-1,ui,output,==> web-1: Checking if box is up to date...\\n==> web-1: It is.',
    '4,web-1,ui,detail,    web-1: kontena: enrolling%!(VAGRANT_COMMA) with the master',
    'warning: from Ruby itself',
    '5,,error-exit,Vagrant::Errors::VMBootTimeout,Timed out\\n\\nwhile waiting',
    '',
  ].join('\n')

  it('is without the names that each line of a message begins with', () => {
    expect(readableLines(output)).toEqual([
      "Bringing machine 'web-1' up with 'libvirt' provider...",
      'Checking if box is up to date...',
      'It is.',
      'kontena: enrolling, with the master',
      'warning: from Ruby itself',
      'Timed out',
      'while waiting',
    ])
  })

  it('has an error by its name in Ruby', () => {
    expect(findError(parseLines(output))).toEqual({
      name: 'Vagrant::Errors::VMBootTimeout',
      message: 'Timed out\n\nwhile waiting',
    })
    expect(findError(parseLines('1,,ui,error,no'))).toBeUndefined()
  })
})
