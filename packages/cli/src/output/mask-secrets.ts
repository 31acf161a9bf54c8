import type { Io } from '../io.ts'

const secretVariable = /TOKEN|SECRET|PASSWORD|PASSPHRASE|ADMIN_CODE|VAULT_KEY/
const secretFlag = /^--?(?:token|t|code|c|join|j|password|[\w-]*secret[\w-]*)$/

/** Text without the secrets that this command was given, and without what looks like one. */
export function maskSecrets(text: string, io: Pick<Io, 'argv' | 'env'>): string {
  let masked = text
    .replace(/(bearer\s+)[^\s"',]+/gi, '$1***')
    .replace(/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, '$1***@')
  for (const secret of secretsOf(io)) masked = masked.replaceAll(secret, '***')
  return masked
}

/** Values of flags and variables that are named like secrets; short ones would mask plain words. */
function secretsOf({ argv, env }: Pick<Io, 'argv' | 'env'>): string[] {
  const typed = argv.flatMap((word, index) => {
    const [flag = '', value] = word.split(/=(.*)/s)
    if (!secretFlag.test(flag)) return []
    return [value ?? argv[index + 1]]
  })
  const exported = Object.entries(env).flatMap(([name, value]) =>
    secretVariable.test(name) ? [value] : [],
  )
  return [...typed, ...exported].flatMap((value) =>
    value !== undefined && value.length >= 6 ? [value] : [],
  )
}
