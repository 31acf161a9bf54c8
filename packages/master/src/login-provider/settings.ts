import type { Store } from '../store/store.ts'

/** Where people log in who have no one-time code: an OAuth2 server that this master was told of. */
export interface ProviderSettings {
  readonly clientId: string
  readonly clientSecret: string
  readonly authorizeEndpoint: string
  readonly tokenEndpoint: string
  readonly tokenMethod: 'get' | 'post'
  readonly sendsJson: boolean
  /** The client's id and secret travel as Basic credentials, not beside the code. */
  readonly codeNeedsBasicAuth: boolean
  readonly userinfoEndpoint: string
  readonly userinfoScope: string
  readonly userinfoNeedsBasicAuth: boolean
  /** Where in its answer the user's name, address and id stand. */
  readonly paths: { readonly name: string; readonly email: string; readonly id: string }
}

/** Undefined where the configuration does not name all that a login needs. */
export async function loginProvider(store: Store): Promise<ProviderSettings | undefined> {
  const all = await store.configuration()
  const setting = (name: string): string | undefined => all[`oauth2.${name}`] || undefined
  const clientId = setting('client_id')
  const clientSecret = setting('client_secret')
  const authorizeEndpoint = setting('authorize_endpoint')
  const tokenEndpoint = setting('token_endpoint')
  const userinfoEndpoint = setting('userinfo_endpoint')
  if (
    clientId === undefined ||
    clientSecret === undefined ||
    authorizeEndpoint === undefined ||
    tokenEndpoint === undefined ||
    userinfoEndpoint === undefined
  ) {
    return undefined
  }
  return {
    clientId,
    clientSecret,
    authorizeEndpoint,
    tokenEndpoint,
    tokenMethod: setting('token_method')?.toLowerCase() === 'get' ? 'get' : 'post',
    sendsJson: setting('token_post_content_type')?.includes('json') === true,
    codeNeedsBasicAuth: setting('code_requires_basic_auth') === 'true',
    userinfoEndpoint,
    userinfoScope: setting('userinfo_scope') ?? 'user:email',
    userinfoNeedsBasicAuth: setting('userinfo_requires_basic_auth') === 'true',
    paths: {
      name: setting('userinfo_username_jsonpath') ?? '$..username',
      email: setting('userinfo_email_jsonpath') ?? '$..email',
      id: setting('userinfo_user_id_jsonpath') ?? '$..id',
    },
  }
}
