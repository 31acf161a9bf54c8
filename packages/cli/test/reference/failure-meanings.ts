import type { FailureCode } from '@kontena/core'

/** What people are told that a failure means; the hint beside it says what to do. */
export const failureMeanings: Readonly<Record<FailureCode, string>> = {
  BAD_OPTIONS: 'A flag, name, label, size, image, zone or other input cannot be right',
  NO_CREDENTIALS: 'No credentials for the cloud were found, or they are expired',
  BAD_CREDENTIALS: 'The cloud or the master does not accept these credentials',
  ACCESS_DENIED: 'The credentials are good but lack a right; the message names it',
  NOT_FOUND: 'What was named (image, key pair, network, node, grid) does not exist',
  NAME_TAKEN: 'Something with that name is there already',
  NO_CAPACITY: 'The cloud has no such machine left in the zones that were allowed',
  QUOTA_EXCEEDED: "The account's own limit at the cloud is reached",
  ACCOUNT_NOT_READY: 'The cloud wants terms to be accepted, or the account to be completed, first',
  RATE_LIMITED: 'The cloud still refused further requests after repeated tries',
  BUSY: 'The thing is in use or changing, and stayed so; the same command may work later',
  UNAVAILABLE:
    'A server gave no answer, or a broken one, so that a call may or may not have happened',
  WRONG_ACCOUNT: "These credentials are for another account or region than the machine's",
  BOOTSTRAP_TOO_LARGE: 'What machines would boot with exceeds what the provider takes',
  MACHINE_FAILED: 'A machine ended, or can never become its node; the message says why',
  TIMED_OUT: 'Something took longer than it was given; `--timeout` gives it more',
  MASTER_UNREACHABLE: 'No master answers at its URL',
  MASTER_UNTRUSTED: "The master's certificate is not the one that was pinned, or no trusted one",
  MASTER_UNSUITABLE: 'The master lacks what is needed, or machines could not reach it',
  NOT_LOGGED_IN: 'Nobody is logged in to the master, or the login is over',
  NO_GRID: 'It was not said which grid to work on',
  LOCAL_FILE: 'A local file could not be read or written; nothing was done that depends on it',
  PARTLY_DONE: 'Some of the machines were made, not all',
  LEFT_BEHIND: 'Something that costs money or holds a name is left; the message says what',
  CONFIRMATION_REQUIRED: 'A removal was not confirmed; `--force` does not ask',
  NOT_SUPPORTED: 'The provider cannot do this',
  CANCELLED:
    'Ctrl-C ended the order, and the failure policy was applied; or it left a question, and nothing was done',
}
