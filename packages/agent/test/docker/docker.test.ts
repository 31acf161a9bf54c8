import { describe, expect, it } from 'vitest'
import { readDockerInfo } from '../../src/docker/docker.ts'
import { info, plugins, startDocker } from '../docker-double.ts'

const patient = new AbortController().signal

describe('readDockerInfo', () => {
  it('keeps what a node record has room for', async () => {
    await using docker = await startDocker()

    const read = await readDockerInfo(docker.socket, patient)

    const { Name: _name, Plugins: _plugins, Swarm: _swarm, ...known } = info
    expect(read).toMatchObject(known)
    expect(read).not.toHaveProperty('Swarm')
  })

  it('lists plug-ins that are on before the built-in drivers', async () => {
    await using docker = await startDocker()

    const { Drivers } = await readDockerInfo(docker.socket, patient)

    expect(Drivers).toEqual({
      Volume: [
        { name: 'vieux/sshfs', version: 'next' },
        { name: 'local', version: null },
      ],
      Network: [
        { name: 'registry.example.com:5000/overlay', version: null },
        { name: 'bridge', version: null },
        { name: 'host', version: null },
      ],
    })
  })

  it.each([undefined, 'no JSON', [{ Name: 7 }]])(
    'does without plug-ins where Docker answers %j',
    async (answer) => {
      await using docker = await startDocker({ '/info': info, '/plugins': answer })

      const { Drivers } = await readDockerInfo(docker.socket, patient)

      expect(Drivers?.Volume).toEqual([{ name: 'local', version: null }])
    },
  )

  it('takes fields that Docker leaves empty', async () => {
    const bare = { ID: '', Labels: null, Plugins: { Volume: null, Network: null } }
    await using docker = await startDocker({ '/info': bare, '/plugins': plugins })

    expect(await readDockerInfo(docker.socket, patient)).toMatchObject({ Labels: null })
  })

  it.each([
    [undefined, 'Docker answers /info with 404'],
    ['<html>', 'Docker answers /info with something else than JSON'],
  ])('rejects where /info is %j', async (answer, message) => {
    await using docker = await startDocker({ '/info': answer })

    await expect(readDockerInfo(docker.socket, patient)).rejects.toThrow(message)
  })

  it('rejects where nothing is at the socket', async () => {
    await expect(readDockerInfo('/nowhere/docker.sock', patient)).rejects.toThrow('ENOENT')
  })

  it('can be cut off while Docker thinks', async () => {
    await using docker = await startDocker({ '/info': 'never' })
    const impatient = new AbortController()
    const reading = readDockerInfo(docker.socket, impatient.signal)

    impatient.abort()

    await expect(reading).rejects.toThrow(/abort/i)
  })
})
