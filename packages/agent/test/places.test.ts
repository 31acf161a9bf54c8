import { expect, test } from 'vitest'
import { usualPlaces } from '../src/places.ts'

test('an agent looks at its host where systems have these things', () => {
  expect(usualPlaces({})).toMatchObject({
    sys: '/sys',
    metadata: 'http://169.254.169.254',
    firewall: { settingsFolder: '/etc/kontena', runFolder: '/run/kontena' },
  })
})

test('one of a machine that is a folder shares neither cloud nor firewall with this computer', () => {
  expect(usualPlaces({ KONTENA_ROOT: '/scratch/i-1' })).toMatchObject({
    sys: '/scratch/i-1/sys',
    firewall: {
      settingsFolder: '/scratch/i-1/etc/kontena',
      runFolder: '/scratch/i-1/run/kontena',
    },
  })
})
