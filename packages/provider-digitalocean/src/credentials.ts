import { type Call, ProvisionError } from '@kontena/core'
import { type DoctlToken, doctlConfigFile, readDoctlToken } from './doctl-config.ts'
import { type DigitalOceanAccess, tokenVariables } from './options.ts'

/** The token to ask with: as given, else doctl's. Rejects with `NO_CREDENTIALS`. */
export async function findToken(
  { token: given, context }: DigitalOceanAccess,
  call: Call,
): Promise<string> {
  if (given !== undefined) return checkToken(given, sourceOf(given))
  const doctl = await readDoctlToken(context, call)
  if (doctl?.token !== undefined)
    return checkToken(doctl.token, `of doctl's context ${doctl.context}`)
  throw noToken(context, doctl)
}

/** Options come with the environment's values in them; what no variable holds was typed. */
function sourceOf(token: string): string {
  const variable = tokenVariables.find((name) => process.env[name] === token)
  return variable === undefined ? 'given with --token' : `in ${variable}`
}

/** Of a header that cannot be, its value would stand in the error. */
function checkToken(text: string, from: string): string {
  const token = text.trim()
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new ProvisionError('BAD_CREDENTIALS', `the token ${from} holds what no token does`, {
    hint: 'copy it again, without blanks and line ends',
  })
}

function noToken(context: string | undefined, doctl: DoctlToken | undefined): ProvisionError {
  if (context !== undefined) {
    const known = doctl?.contexts.join(', ') || 'none'
    return new ProvisionError('NO_CREDENTIALS', `doctl has no token for context ${context}`, {
      hint: `it has ${known}; see doctl auth list, or give --token`,
    })
  }
  return new ProvisionError('NO_CREDENTIALS', 'no DigitalOcean token found', {
    hint: `give --token, or set DIGITALOCEAN_ACCESS_TOKEN, DIGITALOCEAN_TOKEN or DO_TOKEN, or run doctl auth init, which writes ${doctlConfigFile()}`,
  })
}
