import type { UpcloudRoute } from './account.ts'
import { notFound } from './refusals.ts'

/** Who the caller is, and the token that it uses. */
export const accountRoutes: readonly UpcloudRoute[] = [
  {
    method: 'GET',
    path: 'account',
    action: 'account.get',
    answer: ({ world }) => ({
      status: 200,
      body: {
        account: {
          credits: 9972.2324,
          username: world.username,
          resource_limits: {
            cores: world.coreLimit,
            detached_floating_ips: 0,
            memory: world.coreLimit * 8192,
            networks: 100,
            public_ipv4: 200,
            public_ipv6: 100,
            storage_hdd: 10_240,
            storage_maxiops: 10_240,
            storage_ssd: 10_240,
          },
        },
      },
    }),
  },
  {
    method: 'GET',
    path: 'account/details/:username',
    action: 'account.details',
    // Recordings show the name alone; whose a sub-account is, only the vendor's documents say.
    answer: ({ parameters: { username = '' }, world }) => {
      if (username === world.username) return { status: 200, body: { account: { username } } }
      throw notFound('USER_NOT_FOUND', `The user ${username} does not exist.`)
    },
  },
  {
    method: 'GET',
    path: 'account/tokens',
    action: 'account.tokens',
    answer: () => ({
      status: 200,
      body: [
        {
          id: '0c511c65-5375-4dd3-8a76-df12ba772110',
          name: 'sandbox',
          type: 'workspace',
          created_at: '2026-11-01T08:00:00.000000Z',
          expires_at: '2027-11-01T08:00:00.000000Z',
          can_create_tokens: false,
          allowed_ip_ranges: ['0.0.0.0/0', '::/0'],
          gui: false,
        },
      ],
    }),
  },
]
