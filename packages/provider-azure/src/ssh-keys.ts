import { makeNobodysKey } from '@kontena/core'

/**
 * Azure makes no machine without a key that it can read: RSA or ED25519. The bootstrap puts the others in
 * place, so one is enough, and where there is none the machine gets one whose other half nobody has.
 */
export function openSshKeys(): (given: readonly string[]) => string {
  let unusable: string | undefined
  return (given) => {
    const usable = given.find((line) => /^ssh-(rsa|ed25519) /.test(line))
    if (usable !== undefined) return usable
    unusable ??= makeNobodysKey()
    return unusable
  }
}
