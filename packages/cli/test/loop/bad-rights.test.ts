import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { create, noTraces, nothingLeft, terminate, traces, transcript } from './transcript.ts'

let lab: Lab

beforeEach(async () => {
  lab = await openLab()
})
afterEach(() => lab.close())

/** What is said when the credentials lack each right in turn. */
async function without(actions: readonly string[], words: readonly string[]): Promise<string> {
  const told: string[] = []
  for (const action of actions) {
    const allow = lab.sandbox.faults.add({ kind: 'unauthorized', action })
    told.push(await transcript(lab, [words]))
    allow()
  }
  return told.join('\n\n')
}

describe('node create without a right', () => {
  it('names it before anything is spent', async () => {
    const told = await without(
      [
        'DescribeSecurityGroups',
        'DescribeAvailabilityZones',
        'DescribeVpcs',
        'DescribeSubnets',
        'DescribeInstanceTypes',
        'DescribeInstanceTypeOfferings',
        'DescribeImages',
        'CreateSecurityGroup',
        'RunInstances',
      ],
      create('web', '--zone', 'a'),
    )
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:DescribeSecurityGroups for the AWS account
      hint: allow ec2:DescribeSecurityGroups in an IAM policy of this user or role

      $ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:DescribeAvailabilityZones for zone a
      hint: allow ec2:DescribeAvailabilityZones in an IAM policy of this user or role

      $ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:DescribeVpcs for the default VPC
      hint: allow ec2:DescribeVpcs in an IAM policy of this user or role

      $ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:DescribeSubnets for the subnets of vpc-0d151007f89d88472
      hint: allow ec2:DescribeSubnets in an IAM policy of this user or role

      $ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:DescribeInstanceTypes for instance type t3.small
      hint: allow ec2:DescribeInstanceTypes in an IAM policy of this user or role

      $ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:DescribeInstanceTypeOfferings for instance type t3.small
      hint: allow ec2:DescribeInstanceTypeOfferings in an IAM policy of this user or role

      $ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:DescribeImages for image ami-068d6ec5eb76a840b
      hint: allow ec2:DescribeImages in an IAM policy of this user or role

      $ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:CreateSecurityGroup for security group kontena-lab-MASTER
      hint: allow ec2:CreateSecurityGroup in an IAM policy of this user or role

      $ kontena aws node create web --zone a
      exit 3
       [error] these credentials lack the right ec2:RunInstances for 1 t3.small machine in eu-west-1a
      hint: allow ec2:RunInstances in an IAM policy of this user or role"
    `)
    expect(await traces(lab)).toEqual(noTraces)
  })

  it('undoes what it did where the cloud tells it only then', async () => {
    const told = await without(['AuthorizeSecurityGroupIngress'], create('web'))
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web
      exit 3
       [error] these credentials lack the right ec2:AuthorizeSecurityGroupIngress for security group sg-ID; nothing is left behind
      hint: allow ec2:AuthorizeSecurityGroupIngress in an IAM policy of this user or role"
    `)
    expect(await traces(lab)).toMatchObject(nothingLeft)
  })

  it('to take a machine back says what is left, and the next command takes it', async () => {
    lab.sandbox.faults.add({ kind: 'boot-console', text: 'no network\n' })
    const told = await without(['TerminateInstances'], create('web', '--timeout', '2s'))
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --timeout 2s
      exit 5
       [fail] web stayed starting for 2 s
      hint: the cloud has not started the machine; see its console
      web | no network
       [warn] clean-up is not complete: these credentials lack the right ec2:TerminateInstances for machine i-ID
       [error] the node did not come online; order ORDER stays open
      hint: the next kontena aws node command settles it, as in: kontena aws node list"
    `)
    expect(await traces(lab)).toMatchObject({ nodes: ['web'] })
    await lab.kontena(['aws', 'node', 'list'])
    expect(await traces(lab)).toMatchObject(nothingLeft)
  })
})

describe('node terminate without a right', () => {
  it('names it and changes no machine', async () => {
    await lab.kontena(create('web'))
    const told = await without(['DescribeInstances', 'TerminateInstances'], terminate('web'))
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node terminate web --force
      exit 3
       [error] these credentials lack the right ec2:DescribeInstances for the machines of grid lab
      hint: allow ec2:DescribeInstances in an IAM policy of this user or role

      $ kontena aws node terminate web --force
      exit 3
       [error] these credentials lack the right ec2:TerminateInstances for machine i-ID
      hint: allow ec2:TerminateInstances in an IAM policy of this user or role"
    `)
    expect(await traces(lab)).toMatchObject({ nodes: ['web'], machines: [expect.any(String)] })
    expect(await transcript(lab, [terminate('web')])).toContain('exit 0')
    expect(await traces(lab)).toMatchObject(nothingLeft)
  })
})
