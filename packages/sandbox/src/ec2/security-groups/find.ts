import { checkId } from '../ids.ts'
import { defaultVpc, type Region } from '../region.ts'
import type { SecurityGroup } from '../resources.ts'
import { Ec2Error } from '../wire/errors.ts'

/** The group that a call names, by id or, in the default VPC, by name. */
export function findGroup(
  {
    GroupId: id,
    GroupName: name,
  }: { GroupId?: string | undefined; GroupName?: string | undefined },
  region: Region,
): SecurityGroup {
  if (id !== undefined) checkId('sg', id)
  else if (name === undefined) {
    throw new Ec2Error(
      'MissingParameter',
      'The request must contain the parameter groupName or groupId',
    )
  }
  const vpc = defaultVpc(region)
  const group =
    id === undefined
      ? [...region.groups.values()].find((one) => one.vpc === vpc && one.name === name)
      : region.groups.get(id)
  if (group !== undefined) return group
  throw new Ec2Error('InvalidGroup.NotFound', `The security group '${id ?? name}' does not exist`)
}
