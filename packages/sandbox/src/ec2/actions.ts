import type { Action } from './action.ts'
import { describeImages } from './catalog/describe-images.ts'
import {
  describeAccountAttributes,
  describeAvailabilityZones,
  describeRegions,
} from './catalog/describe-places.ts'
import { describeInstanceTypeOfferings, describeInstanceTypes } from './catalog/describe-types.ts'
import {
  rebootInstances,
  startInstances,
  stopInstances,
  terminateInstances,
} from './instances/change-state.ts'
import { getConsoleOutput } from './instances/console.ts'
import { describeInstanceStatus, describeInstances } from './instances/describe.ts'
import { runInstances } from './instances/run.ts'
import { deleteKeyPair, describeKeyPairs, importKeyPair } from './key-pairs/key-pairs.ts'
import { describeNetworkInterfaces, describeSubnets, describeVpcs } from './networks/describe.ts'
import {
  createSecurityGroup,
  deleteSecurityGroup,
  describeSecurityGroups,
} from './security-groups/groups.ts'
import {
  authorizeSecurityGroupIngress,
  describeSecurityGroupRules,
  revokeSecurityGroupIngress,
} from './security-groups/rules.ts'
import { createTags, describeTags } from './tags.ts'
import { describeVolumes } from './volumes.ts'

/** What this EC2 can do, by the name of the call. */
export const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    AuthorizeSecurityGroupIngress: authorizeSecurityGroupIngress,
    CreateSecurityGroup: createSecurityGroup,
    CreateTags: createTags,
    DeleteKeyPair: deleteKeyPair,
    DeleteSecurityGroup: deleteSecurityGroup,
    DescribeAccountAttributes: describeAccountAttributes,
    DescribeAvailabilityZones: describeAvailabilityZones,
    DescribeImages: describeImages,
    DescribeInstanceStatus: describeInstanceStatus,
    DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
    DescribeInstanceTypes: describeInstanceTypes,
    DescribeInstances: describeInstances,
    DescribeKeyPairs: describeKeyPairs,
    DescribeNetworkInterfaces: describeNetworkInterfaces,
    DescribeRegions: describeRegions,
    DescribeSecurityGroupRules: describeSecurityGroupRules,
    DescribeSecurityGroups: describeSecurityGroups,
    DescribeSubnets: describeSubnets,
    DescribeTags: describeTags,
    DescribeVolumes: describeVolumes,
    DescribeVpcs: describeVpcs,
    GetConsoleOutput: getConsoleOutput,
    ImportKeyPair: importKeyPair,
    RebootInstances: rebootInstances,
    RevokeSecurityGroupIngress: revokeSecurityGroupIngress,
    RunInstances: runInstances,
    StartInstances: startInstances,
    StopInstances: stopInstances,
    TerminateInstances: terminateInstances,
  }),
)
