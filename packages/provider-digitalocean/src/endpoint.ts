import { parseCloudEndpoint } from '@kontena/core'

const usual = 'https://api.digitalocean.com/v2'

export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string
  /** It answers on this computer. */
  readonly isLocal: boolean
}

/** DigitalOcean's own, or as `DIGITALOCEAN_API_URL` says, with or without `/v2`. Throws `BAD_OPTIONS`. */
export function findEndpoint(text: string | undefined): Endpoint {
  const variable = 'DIGITALOCEAN_API_URL'
  const { url, isLocal } = parseCloudEndpoint(text || usual, { variable, usual })
  const path = url.pathname.replace(/\/+$/, '')
  return { url: `${url.origin}${path.endsWith('/v2') ? path : `${path}/v2`}`, isLocal }
}
