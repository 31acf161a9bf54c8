import { expect, test } from 'vitest'
import { agentEnvironment, parseEnvironmentFile } from '../../src/machine/environment-file.ts'

test('an environment file is read as docker run --env-file reads it', () => {
  const text = [
    '# a comment',
    'PLAIN=value',
    'EQUALS=a=b',
    'QUOTES="stay" # as they are',
    'EMPTY=',
    '  INDENTED= spaces stay ',
    'FROM_HOST',
    '=nameless',
    '',
  ].join('\n')
  expect(parseEnvironmentFile(text)).toEqual({
    PLAIN: 'value',
    EQUALS: 'a=b',
    QUOTES: '"stay" # as they are',
    EMPTY: '',
    INDENTED: ' spaces stay ',
  })
})

test("files that the agent is told of are found below the machine's root", () => {
  const text =
    'SSL_CERT_FILE=/etc/kontena/ca.pem\nOTHER=/etc/passwd\nKONTENA_URI=ws://a/etc/kontena/\n'
  expect(agentEnvironment(text, '/scratch/i-1')).toEqual({
    SSL_CERT_FILE: '/scratch/i-1/etc/kontena/ca.pem',
    OTHER: '/etc/passwd',
    KONTENA_URI: 'ws://a/etc/kontena/',
    KONTENA_STATE_DIR: '/scratch/i-1/var/lib/kontena/',
    KONTENA_DOCKER_SOCKET: '/scratch/i-1/var/run/docker.sock',
    KONTENA_ROOT: '/scratch/i-1',
  })
})

test('a machine has a Docker only where the sandbox was told of one', () => {
  const environment = agentEnvironment(
    'KONTENA_DOCKER_SOCKET=/var/run/docker.sock',
    '/r',
    '/d.sock',
  )
  expect(environment.KONTENA_DOCKER_SOCKET).toBe('/d.sock')
})
