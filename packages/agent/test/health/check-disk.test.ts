import { describe, expect, it } from 'vitest'
import { checkDisk, judgeDisk } from '../../src/health/check-disk.ts'

const roomy = { free: 60, available: 50, used: 50, total: 110, inodes: undefined }

describe('the disk', () => {
  it.each([
    [roomy, true, '/docker is 50 % full'],
    [{ ...roomy, used: 90, available: 10 }, true, '/docker is 90 % full'],
    [{ ...roomy, used: 901, available: 99 }, false, '/docker is 91 % full'],
    [{ ...roomy, used: 100, available: 0 }, false, '/docker is 100 % full'],
    [{ ...roomy, inodes: { free: 50, total: 100 } }, true, '/docker is 50 % full'],
    [
      { ...roomy, inodes: { free: 1, total: 100 } },
      false,
      '/docker is 50 % full, and 99 % of its inodes are taken',
    ],
  ])('with %j is well: %s', (filesystem, ok, message) => {
    expect(judgeDisk('/docker', filesystem)).toEqual({ name: 'disk', ok, message })
  })

  it('is our own where Docker’s folder is not to be seen', async () => {
    expect((await checkDisk('/not/here')).message).toMatch(/^\/not\/here is \d+ % full/)
  })
})
