import { describe } from 'vitest'
import { useCloudLab } from '../src/cloud-lab.ts'
import { terminateCloudNodes } from '../src/cloud-node.ts'
import { proveBootstrap } from '../src/proofs/bootstrap.ts'
import {
  comesBackAfter,
  comesBackAfterReboot,
  comesBackToTheMaster,
  followsItsMaster,
  goesBackFromBroken,
} from '../src/proofs/comes-back.ts'
import { sshRefusesAnotherKey } from '../src/proofs/ssh.ts'
import { prove } from '../src/prove.ts'
import { skipReason } from '../src/requirements.ts'

const skipped = skipReason('vm', 'image')
const provider = 'aws'
const names = ['web']

/** A token comes first; the user data is what was given, gzipped. */
const readUserData = `
  token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -sf -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/user-data`

/** The agent's own process; what started it sees it end. */
const killAgent = `pkill -KILL -P "$(docker inspect --format '{{.State.Pid}}' kontena-agent)"`

describe.skipIf(skipped)('AWS: an instance without Docker, by IMDSv2', () => {
  const options = ['--region', 'eu-west-1', '--label', 'tier=front']
  const cloud = useCloudLab({ provider, names, options, flavour: 'plain' })
  const web = () => cloud().node(0)

  proveBootstrap(web, {
    provider,
    labels: ['provider=aws', 'region=eu-west-1', 'type=t3.small', 'tier=front'],
    readUserData,
  })
  prove('kontena node ssh refuses a machine with other host keys', (signal) =>
    sshRefusesAnotherKey(web(), [], signal),
  )
  prove('the node comes back when its agent is killed', (signal) =>
    comesBackAfter(web(), killAgent, signal),
  )
  prove('the node comes back when Docker is restarted', (signal) =>
    comesBackAfter(web(), 'systemctl restart docker', signal),
  )
  prove('the node comes back to a master that was away for two minutes', (signal) =>
    comesBackToTheMaster(web(), signal),
  )
  prove('the node runs the newer agent of a newer master', (signal) =>
    followsItsMaster(web(), signal),
  )
  prove('the node comes back from a reboot', (signal) => comesBackAfterReboot(web(), signal))
  prove('the node goes back from an agent that ends at once', (signal) =>
    goesBackFromBroken(web(), signal),
  )
  prove('terminate leaves nothing', (signal) =>
    terminateCloudNodes({ provider, names, kontena: cloud().kontena }, signal),
  )
})
