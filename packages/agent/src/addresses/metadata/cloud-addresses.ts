/** What a cloud says about the addresses of one of its machines, the likeliest first. */
export interface CloudAddresses {
  readonly private: readonly string[]
  readonly public: readonly string[]
}

/**
 * Asks the metadata service for a path. Undefined where it has nothing there; rejects where it does not
 * answer in time, or otherwise.
 */
export type Ask = (path: string, how?: AskOptions) => Promise<string | undefined>

export interface AskOptions {
  readonly method?: 'PUT'
  readonly headers?: Readonly<Record<string, string>>
}
