import { expect } from 'vitest'
import { z } from 'zod'
import type { Subject } from '../subject.ts'

const status = z.object({
  status: z.string(),
  errors: z.array(z.string()).default([]),
  recoverable_errors: z.record(z.string(), z.unknown()).default({}),
  datasource: z.string().default(''),
})
const result = z.object({ v1: z.object({ datasource: z.string(), errors: z.array(z.string()) }) })

/** cloud-init went to its end, and neither its answer nor its log knows anything to complain about. */
export async function cloudInitIsDone({ guest }: Subject, signal: AbortSignal): Promise<string> {
  const told = await guest.root('cloud-init status --format json || true', signal)
  const { status: state, errors, recoverable_errors } = status.parse(JSON.parse(told))
  const written = await guest.root('cat /run/cloud-init/result.json', signal)
  const { v1 } = result.parse(JSON.parse(written))
  const warnings = await guest.root(
    "grep -E '\\[(WARNING|ERROR|CRITICAL)\\]' /var/log/cloud-init.log || true",
    signal,
  )
  expect({ state, errors, recoverable_errors, more: v1.errors, warnings }).toEqual({
    state: 'done',
    errors: [],
    recoverable_errors: {},
    more: [],
    warnings: '',
  })
  const version = await guest.root('cloud-init --version 2>&1', signal)
  return `done by ${version.split(' ').at(-1)} from ${v1.datasource}, no errors, no warnings`
}

/** The units are up and come up with the next boot; no unit of the machine has failed. */
export async function unitsAreActive(
  { guest }: Subject,
  units: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const names = units.join(' ')
  const text = await guest.root(
    `systemctl is-active ${names} || true
     systemctl is-enabled ${names} || true
     systemctl list-units --failed --plain --no-legend`,
    signal,
  )
  const expected = [...units.map(() => 'active'), ...units.map(() => 'enabled')]
  expect(text.split('\n').filter((line) => line !== '')).toEqual(expected)
  return `${units.join(', ')} are active and enabled, no unit has failed`
}

/** By path, the mode that a file is to have; undefined for a file that is not to be there. */
export type Modes = Readonly<Record<string, string | undefined>>

export async function filesHaveModes(
  { guest }: Subject,
  modes: Modes,
  signal: AbortSignal,
): Promise<string> {
  const paths = Object.keys(modes)
  const text = await guest.root(`stat --format '%n %a %U:%G' ${paths.join(' ')} || true`, signal)
  const seen = new Map(text.split('\n').map((line) => [line.split(' ')[0], line]))
  const expected = paths.map((path) =>
    modes[path] === undefined ? undefined : `${path} ${modes[path]} root:root`,
  )
  expect(paths.map((path) => seen.get(path))).toEqual(expected)
  const absent = expected.filter((line) => line === undefined).length
  return `${paths.length - absent} files have their modes, ${absent} are not there any more`
}

/** Kernel limits in force, not only written. */
export async function limitsAreSet({ guest }: Subject, signal: AbortSignal): Promise<string> {
  const limits = {
    'fs.inotify.max_user_instances': '8192',
    'fs.inotify.max_user_watches': '524288',
    'vm.max_map_count': '262144',
  }
  const names = Object.keys(limits).join(' ')
  const text = await guest.root(`sysctl ${names}`, signal)
  const seen = Object.fromEntries(text.split('\n').map((line) => line.split(' = ')))
  expect(seen).toEqual(limits)
  return text.replaceAll('\n', ', ')
}
