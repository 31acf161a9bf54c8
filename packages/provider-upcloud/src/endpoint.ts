import { parseCloudEndpoint } from '@kontena/core'

export interface Endpoint {
  /** Scheme and host, as the client takes it. */
  readonly url: string
  /** It is on this computer, and so are its machines. */
  readonly isLocal: boolean
}

const usual = 'https://api.upcloud.com'
/** Variable with which UpCloud's own tools are pointed elsewhere too. */
const variable = 'UPCLOUD_DEBUG_API_BASE_URL'

/** UpCloud's own, or as the environment says. Throws `BAD_OPTIONS`. */
export function findEndpoint(environment: NodeJS.ProcessEnv = process.env): Endpoint {
  const { url, isLocal } = parseCloudEndpoint(environment[variable] || usual, { variable, usual })
  return { url: url.origin, isLocal }
}
