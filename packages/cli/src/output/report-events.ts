import type { ProvisionEvent } from '@kontena/core'
import type { Writer } from '../io.ts'
import { describeEvent } from './describe-event.ts'
import { jsonLine } from './json-line.ts'
import { openLiveProgress } from './live-progress.ts'
import type { Reporter } from './reporter.ts'
import type { Style } from './style.ts'

export interface ReporterOptions {
  stdout: Writer
  stderr: Writer
  /** `live` redraws in place on a terminal, `plain` appends lines, `json` writes one event per line. */
  format: 'live' | 'plain' | 'json'
  style: Style
  signal: AbortSignal
}

export function openReporter(options: ReporterOptions): Reporter {
  const reporter = openFormat(options)
  let openOrder: string | undefined
  const onInterrupt = (): void => {
    if (openOrder === undefined) return
    reporter.above(() =>
      options.stderr.write(
        `Interrupted: settling order ${openOrder}. Press Ctrl-C again to leave at once.\n`,
      ),
    )
  }
  options.signal.addEventListener('abort', onInterrupt, { once: true })
  return {
    above: reporter.above,
    below: reporter.below,
    emit(event) {
      if (event.type === 'order-opened') openOrder = event.order
      if (event.type === 'settled') openOrder = undefined
      reporter.emit(event)
    },
    close(failed) {
      options.signal.removeEventListener('abort', onInterrupt)
      reporter.close(failed)
    },
  }
}

function openFormat({ stdout, stderr, format, style }: ReporterOptions): Reporter {
  if (format === 'live') return openLiveProgress(stdout, stderr, style)
  const emitJson = (event: ProvisionEvent): void => stdout.write(jsonLine(event, plainErrors))
  const emitText = (event: ProvisionEvent): void => {
    const { trouble, lines } = describeEvent(event, style)
    for (const line of lines) (trouble ? stderr : stdout).write(`${line}\n`)
  }
  const emit = format === 'json' ? emitJson : emitText
  return { emit, above: (write) => write(), below: (write) => write(), close: () => undefined }
}

/** An error has no enumerable message, and its cause may hold anything. */
function plainErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value
  const code = 'code' in value ? value.code : undefined
  const hint = 'hint' in value ? value.hint : undefined
  return { code, message: value.message, hint }
}
