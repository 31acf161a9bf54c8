import { z } from 'zod'

const envelope = z.object({ id: z.number(), command: z.unknown() })

/** The worker's side: answers what the process that started it asks, and ends with it. */
export function answerCommands(answer: (command: unknown) => Promise<unknown>): void {
  process.on('message', (received) => {
    const { id, command } = envelope.parse(received)
    answer(command).then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        process.send?.({ id, error: text })
      },
    )
  })
  process.once('disconnect', () => process.exit())
}
