import { ProvisionError } from '@kontena/core'
import type { Reader, Writer } from './io.ts'
import { printable } from './output/printable.ts'
import type { Style } from './output/style.ts'

interface Questioner {
  stdin: Reader
  stdout: Writer
  isTTY: boolean
  signal: AbortSignal
  style: Style
}

/** Has the person type the name of what is about to be destroyed. */
export async function confirmByName(name: string, io: Questioner): Promise<void> {
  if (!io.isTTY) {
    throw new ProvisionError('BAD_OPTIONS', 'Command requires --force', {
      hint: `without a terminal nobody can confirm that ${printable(name)} is to go`,
    })
  }
  const shown = printable(name)
  io.stdout.write(
    `Destructive command. To proceed, type "${io.style.cyan(shown)}" or re-run this command with --force option.\n`,
  )
  io.stdout.write(`> Enter '${io.style.cyan(shown)}' to confirm: `)
  const answer = await io.stdin.line(io.signal)
  if (answer === undefined) io.stdout.write('\n')
  if (answer?.trim() !== name) {
    throw new ProvisionError(
      'CONFIRMATION_REQUIRED',
      `Confirmation did not match ${shown}. Aborted command`,
    )
  }
}

/** Has the person agree to what the question says happens. */
export async function confirmYes(question: string, io: Questioner): Promise<void> {
  if (!io.isTTY) {
    throw new ProvisionError('BAD_OPTIONS', 'Command requires --force', {
      hint: 'without a terminal nobody can be asked',
    })
  }
  io.stdout.write(`> ${printable(question)} (Y/n) `)
  const answer = await io.stdin.line(io.signal)
  if (answer === undefined) io.stdout.write('\n')
  if (answer === undefined || !/^\s*(y(es)?)?\s*$/i.test(answer)) {
    throw new ProvisionError('CONFIRMATION_REQUIRED', 'Aborted command.')
  }
}
