import {
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  EC2Client,
  type IpPermission,
  type SecurityGroup,
  type Volume,
} from '@aws-sdk/client-ec2'
import { type MasterLab, openMasterLab } from './master-lab.ts'
import { type MotoMachines, openMotoMachines } from './moto-machines.ts'

/** A master and a logged-in command whose cloud is moto. */
export interface MotoLab extends MasterLab {
  readonly ec2: EC2Client
  /** The master's uuid, with which all that is its own is tagged. */
  readonly owner: string
  /** Instances boot from now on; before that none ever does. */
  boot(): MotoMachines
  volumes(): Promise<Volume[]>
  firewalls(): Promise<SecurityGroup[]>
}

export async function openMotoLab(url: string): Promise<MotoLab> {
  const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'not-a-secret' }
  const region = 'eu-west-1'
  const lab = await openMasterLab({
    AWS_ENDPOINT_URL_EC2: url,
    AWS_ENDPOINT_URL_SSM: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  })
  const ec2 = new EC2Client({ endpoint: url, region, credentials })
  const { uuid: owner = '' } = await lab.master.info()
  const opened: MotoMachines[] = []
  const Filters = [{ Name: 'tag:kontena:master', Values: [owner] }]
  return {
    ...lab,
    ec2,
    owner,
    boot() {
      const machines = openMotoMachines(ec2, owner)
      opened.push(machines)
      return machines
    },
    async volumes() {
      return (await ec2.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? []
    },
    async firewalls() {
      const found = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))
      return found.SecurityGroups ?? []
    },
    async close() {
      await Promise.all(opened.map((machines) => machines.close()))
      ec2.destroy()
      await lab.close()
    },
  }
}

/** One line for each source of a rule, as moto stored it. */
export function describePermission(permission: IpPermission, group: string): string[] {
  const { IpProtocol: protocol, FromPort: first, ToPort: last } = permission
  const ports = first === undefined || first === -1 ? '' : ` ${first}-${last}`
  const sources = [
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId }) =>
      GroupId === group ? 'itself' : GroupId,
    ),
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
  ]
  return sources.map((source) => `${protocol}${ports} from ${source}`)
}
