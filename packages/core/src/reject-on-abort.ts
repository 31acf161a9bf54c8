/**
 * For work that knows no signal, such as a library's search for credentials, which can hang on a login or
 * a metadata service: rejects with the signal's reason as soon as there is one, and leaves the work to itself.
 */
export function rejectOnAbort<Answer>(work: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
