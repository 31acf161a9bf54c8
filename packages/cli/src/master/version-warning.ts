import { printable } from '../output/printable.ts'
import { version } from '../version.ts'

/** What people are told where their master is of another minor version than this command, as by 1.5. */
export function versionWarning(masters: string): string | undefined {
  if (minorOf(masters) === minorOf(version)) return undefined
  return `Warning: Server version is ${printable(masters)}. You are using CLI version ${version}.`
}

/** `2.0` of `2.0.3-rc1`. */
function minorOf(text: string): string | undefined {
  return /^\d+\.\d+(?=\.)/.exec(text)?.[0]
}
