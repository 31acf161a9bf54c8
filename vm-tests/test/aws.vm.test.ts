import { afterAll, beforeAll, describe } from 'vitest'
import { buildImage } from '../image/image.ts'
import { type CloudNode, createCloudNodes, terminateCloudNodes } from '../src/cloud-node.ts'
import type { Kontena } from '../src/kontena.ts'
import { type Lab, openLab } from '../src/lab.ts'
import {
  cloudInitIsDone,
  filesHaveModes,
  limitsAreSet,
  unitsAreActive,
} from '../src/proofs/boot.ts'
import {
  comesBackAfter,
  comesBackAfterReboot,
  comesBackToTheMaster,
  followsItsMaster,
  goesBackFromBroken,
} from '../src/proofs/comes-back.ts'
import { dockerIsAsShown, nodeIsOnline } from '../src/proofs/online.ts'
import { gridTokenIsNowhere, secretIsRefused } from '../src/proofs/secrets.ts'
import { hostKeysAreKnown, sshAsksNothing, sshRefusesAnotherKey } from '../src/proofs/ssh.ts'
import { prove } from '../src/prove.ts'
import { whatIsMissing } from '../src/requirements.ts'
import { startSandbox } from '../src/sandbox.ts'

const missing = whatIsMissing('vm', 'image')
const names = ['web']
const files = {
  '/etc/kontena-agent.env': '600',
  '/etc/kontena/enrolment.json': undefined,
  '/etc/kontena/agent.env': '644',
  '/etc/kontena/ca.pem': '644',
  '/etc/kontena/master': '644',
  '/etc/kontena/name': '644',
  '/etc/kontena/instance-id': '644',
  '/etc/kontena/agent.sha256': '644',
  '/etc/docker/daemon.json': '644',
  '/etc/sysctl.d/99-kontena.conf': '644',
  '/etc/systemd/system/kontena-agent.service': '644',
  '/opt/kontena/enrol': '755',
  '/opt/kontena/fetch-agent': '755',
  '/opt/kontena/install-docker': '755',
  '/opt/kontena/setup': '755',
  '/opt/kontena/start-agent.mjs': '644',
  '/opt/kontena/wait-for-clock': '755',
}
/** As on EC2, where a token comes first and user data is what was given, gzipped. */
const readUserData = `
  token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -sf -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/user-data`

describe.skipIf(missing)(`AWS: Debian without Docker${missing ? ` (${missing})` : ''}`, () => {
  const opening = new AbortController()
  let lab: Lab
  let kontena: Kontena
  let web: CloudNode
  beforeAll(async () => {
    const image = await buildImage(
      process.env.KONTENA_VM_FLAVOUR === 'docker' ? 'docker' : 'plain',
      opening.signal,
    )
    lab = await openLab(opening.signal)
    const cloud = await startSandbox(lab, image)
    kontena = lab.withEnvironment(cloud)
    const options = ['--region', 'eu-west-1', '--label', 'tier=front']
    const order = { provider: 'aws', names, options, image, kontena }
    const [made] = await createCloudNodes(lab, order, opening.signal)
    if (made === undefined) throw new Error('no node was made')
    web = made
  })
  afterAll(async () => {
    opening.abort()
    await lab?.scratch.close()
  })

  prove('cloud-init is done', (signal) => cloudInitIsDone(web, signal))
  prove('services run', (signal) => unitsAreActive(web, ['kontena-agent', 'docker'], signal))
  prove('files', (signal) => filesHaveModes(web, files, signal))
  prove('kernel limits', (signal) => limitsAreSet(web, signal))
  prove('the node is online', (signal) =>
    nodeIsOnline(
      web,
      { provider: 'aws', labels: ['provider=aws', 'az=eu-west-1a', 'tier=front'] },
      signal,
    ),
  )
  prove('Docker is as shown', (signal) => dockerIsAsShown(web, signal))
  prove('the enrolment secret', (signal) => secretIsRefused(web, readUserData, signal))
  prove("the grid's token", (signal) => gridTokenIsNowhere(web, signal))
  prove('SSH host keys', (signal) => hostKeysAreKnown(web, signal))
  prove('kontena node ssh', (signal) => sshAsksNothing(web, [], signal))
  prove('kontena node ssh to another machine', (signal) => sshRefusesAnotherKey(web, [], signal))
  prove('agent killed', (signal) =>
    comesBackAfter(web, 'pkill -KILL -f /opt/kontena/start-agent.mjs', signal),
  )
  prove('Docker restarted', (signal) => comesBackAfter(web, 'systemctl restart docker', signal))
  prove('master away for two minutes', (signal) => comesBackToTheMaster(web, signal))
  prove('a newer agent', (signal) => followsItsMaster(web, signal))
  prove('reboot', (signal) => comesBackAfterReboot(web, signal))
  prove('a broken agent', (signal) => goesBackFromBroken(web, signal))
  prove('terminate', (signal) => terminateCloudNodes({ provider: 'aws', names, kontena }, signal))
})
