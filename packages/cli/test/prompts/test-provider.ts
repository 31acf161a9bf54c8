import {
  type Choice,
  type ChoiceQuestion,
  defineProvider,
  type Provider,
  type ProviderSession,
  ProvisionError,
} from '@kontena/core'
import { z } from 'zod'

export interface TestCloud {
  /** What it was asked for, with what was chosen by then. */
  readonly questions: ChoiceQuestion[]
  /** How often somebody looked at the account. */
  accounts: number
  choices: Readonly<Record<string, readonly Choice[] | Error>>
  /** Where the configuration of its tools says machines go. */
  region: string | undefined
  /** Whether it wants a token. */
  token: string | undefined
}

export function testCloud(cloud: Partial<TestCloud> = {}): TestCloud {
  return { questions: [], accounts: 0, choices: {}, region: undefined, token: undefined, ...cloud }
}

const text = z.string().min(1)

/** A provider whose cloud answers at once, and keeps what it was asked. */
export function testProvider(cloud: TestCloud): Provider {
  return defineProvider({
    name: 'cloud',
    title: 'Cloud',
    accessOptions: z.object({
      region: text.optional().meta({ description: 'Region', ask: true, env: 'CLOUD_REGION' }),
      token: text.optional().meta({ description: 'Token', secret: true, env: 'CLOUD_TOKEN' }),
    }),
    regionOption: 'region',
    machineOptions: z.object({
      size: text.default('small').meta({ description: 'Size', ask: true }),
      image: z
        .enum(['ubuntu', 'debian'])
        .default('ubuntu')
        .meta({ description: 'Image', ask: true }),
      network: text.optional().meta({ description: 'Network', ask: true }),
      disk: z.number().min(8).default(30).meta({ description: 'Disk' }),
    }),
    limits: { userDataBytes: 16_384, batch: 10 },
    bootstrap: { gzip: false, metadataServices: [] },
    abilities: {
      restart: true,
      stop: false,
      consoleLog: false,
      master: false,
      firewall: { esp: 'cloud' },
      idempotentCreate: false,
    },
    load:
      async () =>
      ({ access }) =>
        session(cloud, access),
  })
}

function session(
  cloud: TestCloud,
  access: { region?: string | undefined; token?: string | undefined },
): ProviderSession {
  const check = (): void => {
    if (cloud.token !== undefined && access.token !== cloud.token) {
      throw new ProvisionError('NO_CREDENTIALS', 'no token of Cloud is known')
    }
  }
  const unused = () => Promise.reject(new Error('questions make nothing'))
  return {
    async account() {
      cloud.accounts += 1
      check()
      const region = access.region ?? cloud.region
      if (region === undefined) throw new ProvisionError('BAD_OPTIONS', 'no region is set')
      return { id: '1', region, local: false }
    },
    async choices(question) {
      check()
      cloud.questions.push(question)
      const offered = cloud.choices[question.option] ?? []
      if (offered instanceof Error) throw offered
      return offered
    },
    preflight: unused,
    zones: unused,
    prepare: unused,
    create: unused,
    find: unused,
    terminate: unused,
    removeShared: unused,
  }
}
