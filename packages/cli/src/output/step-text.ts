import type { Step } from '@kontena/core'

const texts: Readonly<Record<Step, string>> = {
  preflight: 'Checking account, image, quota and rights',
  enrolment: 'Registering nodes with the master',
  firewall: 'Preparing the firewall',
  machines: 'Starting machines',
  'roll-back': 'Taking unfinished machines away',
}

/** A step of an operation as people read it. */
export function stepText(event: { step: Step; detail?: string }): string {
  return event.detail ? `${texts[event.step]}: ${event.detail}` : texts[event.step]
}
