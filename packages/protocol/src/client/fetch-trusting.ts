export type Fetch = (
  url: string,
  init: {
    method: string
    headers: Record<string, string>
    redirect: 'manual'
    signal: AbortSignal
    body?: string
  },
) => Promise<{
  status: number
  headers: { get(name: string): string | null }
  text(): Promise<string>
  body: AsyncIterable<Uint8Array> | null
}>

/** The built-in fetch cannot be told whom to trust, so a pinned authority brings undici's own. */
export async function fetchTrusting(ca: string | undefined): Promise<Fetch> {
  if (ca === undefined) return fetch
  const undici = await import('undici')
  const dispatcher = new undici.Agent({ connect: { ca } })
  return (url, init) => undici.fetch(url, { ...init, dispatcher })
}
