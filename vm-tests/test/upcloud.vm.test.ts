import { describe } from 'vitest'
import { useCloudLab } from '../src/cloud-lab.ts'
import { terminateCloudNodes } from '../src/cloud-node.ts'
import { firewallModes, proveBootstrap } from '../src/proofs/bootstrap.ts'
import { metadataIsHidden } from '../src/proofs/firewall.ts'
import { prove } from '../src/prove.ts'
import { skipReason } from '../src/requirements.ts'

const skipped = skipReason('vm', 'image')
const provider = 'upcloud'
const names = ['north']

describe.skipIf(skipped)('UpCloud: a server', () => {
  const options = ['--zone', 'fi-hel1']
  const cloud = useCloudLab({ provider, names, options, flavour: 'docker' })
  const north = () => cloud().node(0)
  const document = 'http://169.254.169.254/metadata/v1.json'

  proveBootstrap(north, {
    provider,
    labels: ['provider=upcloud', 'region=fi-hel1', 'az=fi-hel1'],
    units: ['kontena-firewall', 'kontena-peers.path'],
    modes: firewallModes,
    readUserData: `curl -sf ${document} | python3 -c 'import json, sys; print(json.load(sys.stdin)["user_data"])'`,
  })
  prove('the firewall hides the metadata service from containers', (signal) => {
    const runtime = cloud().image.runtime
    return metadataIsHidden(north(), { url: document, runtime }, signal)
  })
  prove('terminate leaves nothing', (signal) =>
    terminateCloudNodes({ provider, names, kontena: cloud().kontena }, signal),
  )
})
