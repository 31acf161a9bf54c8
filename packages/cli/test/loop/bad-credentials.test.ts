import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { create, noTraces, traces, transcript } from './transcript.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab()
})
afterAll(async () => {
  expect(await traces(lab)).toEqual(noTraces)
  await lab.close()
})

const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }

describe('node create without good credentials', () => {
  it('says where none were found', async () => {
    const told = await transcript(lab, [
      { words: create('web'), env: none },
      { words: create('web', '--profile', 'nobody'), env: none },
      create('web', '--access-key', 'AKIAXXXXXXXXXXXXXXXX'),
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY= kontena aws node create web
      exit 3
       [error] no AWS credentials found
      hint: give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run aws configure

      $ AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY= kontena aws node create web --profile nobody
      exit 3
       [error] profile nobody gives no AWS credentials
      hint: see which there are with: aws configure list-profiles

      $ kontena aws node create web --access-key AKIAXXXXXXXXXXXXXXXX
      exit 2
       [error] --secret-key is missing
      hint: give both keys, or neither and a --profile"
    `)
  })

  it('tells wrong ones from expired ones, and shows neither', async () => {
    const wrong = await transcript(lab, [
      { words: create('web'), env: { AWS_SECRET_ACCESS_KEY: 'not-the-secret' } },
      { words: create('web'), env: { AWS_ACCESS_KEY_ID: 'AKIAXXXXXXXXXXXXXXXX' } },
    ])
    expect(wrong).toMatchInlineSnapshot(`
      "$ AWS_SECRET_ACCESS_KEY=not-the-secret kontena aws node create web
      exit 3
       [error] AWS does not accept these credentials in region eu-west-1
      hint: check the access key and the secret key, this computer's clock, and that the region is enabled for the account

      $ AWS_ACCESS_KEY_ID=AKIAXXXXXXXXXXXXXXXX kontena aws node create web
      exit 3
       [error] AWS does not accept these credentials in region eu-west-1
      hint: check the access key and the secret key, this computer's clock, and that the region is enabled for the account"
    `)
    lab.sandbox.faults.add({ kind: 'error', code: 'RequestExpired', times: 1 })
    expect(await transcript(lab, [create('web')])).toMatchInlineSnapshot(`
      "$ kontena aws node create web
      exit 3
       [error] the AWS credentials have expired
      hint: run aws sso login or get a new session token, and check this computer's clock"
    `)
  })

  it('names the region that does not take them, or is missing', async () => {
    const told = await transcript(lab, [
      create('web', '--region', 'eu-west-9'),
      create('web', '--region', 'Ireland'),
      { words: create('web'), env: { AWS_REGION: '' } },
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --region eu-west-9
      exit 3
       [error] AWS does not accept these credentials in region eu-west-9
      hint: check the access key and the secret key, this computer's clock, and that the region is enabled for the account

      $ kontena aws node create web --region Ireland
      exit 2
       [error] --region Ireland: must be a region, as in eu-west-1
      hint: see: kontena aws node create --help

      $ AWS_REGION= kontena aws node create web
      exit 2
       [error] no usable AWS region is set
      hint: give --region, as in --region eu-west-1, or set AWS_REGION"
    `)
  })
})
