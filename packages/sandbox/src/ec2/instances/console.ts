import { z } from 'zod'
import { defineAction } from '../action.ts'
import { boolean, dryRun, text } from '../wire/fields.ts'
import { timestamp } from '../wire/xml.ts'
import { instancesByIds } from './describe.ts'

/**
 * The serial console, base64. With `Latest` as it is now, which all types here can; without it as
 * it was when the instance last changed state. Nothing was printed: no output at all.
 */
export const getConsoleOutput = defineAction(
  z.strictObject({ ...dryRun, InstanceId: text, Latest: boolean.default(false) }),
  ({ InstanceId: id, Latest: isLatest }, { region }) => {
    const [instance] = instancesByIds(region, [id])
    return () => {
      const live = instance?.state === 'terminated' ? undefined : instance?.machine.console()
      const output = isLatest ? (live ?? instance?.consoleSnapshot) : instance?.consoleSnapshot
      return {
        instanceId: id,
        timestamp: timestamp(new Date()),
        output: output ? Buffer.from(output).toString('base64') : undefined,
      }
    }
  },
)
