/**
 * Loaded into the command by a test: ends the process with SIGKILL in the moment in which it is about to
 * journal the result of the call that KILL_AT_RESULT names.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const write = fs.writeSync
const intents = new Set()

fs.writeSync = (file, data, ...rest) => {
  const record = parse(String(data))
  if (record?.type === 'intent' && record.act.call === process.env.KILL_AT_RESULT) {
    intents.add(record.n)
  }
  if (record?.type === 'result' && intents.has(record.n)) process.kill(process.pid, 'SIGKILL')
  return write(file, data, ...rest)
}
syncBuiltinESMExports()

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
