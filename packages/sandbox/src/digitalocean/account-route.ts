import type { DigitaloceanRoute } from './account.ts'

/** The account that everything here belongs to; its team is what tokens are made for. */
const accountUuid = '5f0d8a1b3c7e42d69a0b1c2d3e4f5a6b7c8d9e0f'
const teamUuid = 'a1f3b0c25d7e4f8690b1c2d3e4f5061728394a5b'

export const accountRoute: DigitaloceanRoute = {
  method: 'GET',
  path: 'account',
  action: 'account.get',
  answer: ({ world }) => ({
    status: 200,
    body: {
      account: {
        droplet_limit: world.dropletLimit,
        floating_ip_limit: 3,
        email: 'operator@example.com',
        name: 'Sandbox Operator',
        uuid: accountUuid,
        email_verified: true,
        status: 'active',
        status_message: '',
        team: { uuid: teamUuid, name: 'Sandbox' },
      },
    },
  }),
}
