import { describe } from 'vitest'
import { useCloudLab } from '../src/cloud-lab.ts'
import { terminateCloudNodes } from '../src/cloud-node.ts'
import { proveBootstrap } from '../src/proofs/bootstrap.ts'
import { metadataIsHidden } from '../src/proofs/firewall.ts'
import { prove } from '../src/prove.ts'
import { skipReason } from '../src/requirements.ts'

const skipped = skipReason('vm', 'image')
const provider = 'azure'
const names = ['blue']

/** Custom data is on the disk that Azure provisions machines with, and nowhere else. */
const readUserData = `
  mkdir -p /run/provisioning && mount -o ro /dev/sr0 /run/provisioning
  sed -n 's/.*CustomData>\\([^<]*\\)<.*/\\1/p' /run/provisioning/ovf-env.xml | base64 -d
  umount /run/provisioning`

describe.skipIf(skipped)('Azure: a machine, by provisioning disk and wire server', () => {
  const options = ['--location', 'westeurope']
  const cloud = useCloudLab({ provider, names, options, flavour: 'docker' })
  const blue = () => cloud().node(0)

  proveBootstrap(blue, {
    provider,
    labels: ['provider=azure', 'region=westeurope'],
    units: ['kontena-firewall'],
    modes: {
      '/etc/kontena/firewall.nft': '644',
      '/etc/systemd/system/kontena-firewall.service': '644',
      '/etc/systemd/system/kontena-peers.path': undefined,
      '/opt/kontena/raise-firewall': '755',
    },
    readUserData,
  })
  prove(
    'the firewall hides the metadata service and the wire server from containers',
    async (signal) => {
      const { runtime } = cloud().image
      const hosts = ['169.254.169.254/metadata/instance', '168.63.129.16/machine?comp=goalstate']
      const seen: string[] = []
      for (const host of hosts) {
        seen.push(await metadataIsHidden(blue(), { url: `http://${host}`, runtime }, signal))
      }
      return seen.join('; ')
    },
  )
  prove('terminate leaves nothing', (signal) =>
    terminateCloudNodes({ provider, names, kontena: cloud().kontena }, signal),
  )
})
