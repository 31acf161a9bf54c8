import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2'
import { type Account, type Call, isFailure, isLoopbackHost, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { isUnknownHost } from './errors.ts'

/**
 * The account's number stands on every VPC's default security group. STS would tell it too, by a
 * client of its own to load and an endpoint of its own to reach. An account that only takes part in
 * somebody else's VPC does not see the default group there, and is known by its credentials.
 */
export async function findAccount(cloud: Cloud, call: Call): Promise<Account> {
  const question = { action: 'ec2:DescribeSecurityGroups', about: 'the AWS account', ...call }
  const input = { Filters: [{ Name: 'group-name', Values: ['default'] }] }
  try {
    const answer = await cloud.ec2(question, (ec2, options) =>
      ec2.send(new DescribeSecurityGroupsCommand(input), options),
    )
    const region = await cloud.region()
    const group = answer.SecurityGroups?.find(({ OwnerId }) => OwnerId !== undefined)
    const id = group?.OwnerId ?? (await cloud.accountId())
    if (id !== undefined) return { id, region, local: isLoopbackHost(cloud.host() ?? '') }
    throw new ProvisionError('NOT_FOUND', `region ${region} has no VPC in this account`, {
      hint: 'make one with aws ec2 create-default-vpc, give another --region, or set AWS_ACCOUNT_ID where the VPC is shared with you',
    })
  } catch (error) {
    if (isFailure(error, 'BAD_CREDENTIALS')) throw await inThisRegion(error, cloud)
    if (!isUnknownHost(error)) throw error
    throw new ProvisionError('NOT_FOUND', `region ${await cloud.region()} has no EC2 address`, {
      hint: 'check --region, and that this computer is online',
      cause: error,
    })
  }
}

/** A region that the account has not enabled refuses its credentials like wrong ones. */
async function inThisRegion(error: ProvisionError, cloud: Cloud): Promise<ProvisionError> {
  const { code, message, hint, cause } = error
  return new ProvisionError(code, `${message} in region ${await cloud.region()}`, { hint, cause })
}
