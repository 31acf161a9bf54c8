import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './folder.ts'

/** Whether certificates can be made here; says so where they cannot. */
export const hasOpenssl = canRun('openssl')
if (!hasOpenssl) process.stdout.write('skipped: the agent over TLS, as openssl is missing\n')

/** A certificate for 127.0.0.1, or for another name, that vouches for itself. */
export function makeAuthority(name = 'IP:127.0.0.1') {
  const folder = makeFolder()
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-days', '2', '-subj', '/CN=test', '-addext', `subjectAltName=${name}`],
      ...['-keyout', 'key.pem', '-out', 'cert.pem'],
    ],
    { cwd: folder, stdio: 'pipe' },
  )
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  return { tls: { cert: read('cert.pem'), key: read('key.pem') }, file: join(folder, 'cert.pem') }
}

function canRun(program: string): boolean {
  try {
    execFileSync(program, ['version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
