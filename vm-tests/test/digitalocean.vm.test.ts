import { beforeAll, describe } from 'vitest'
import { useCloudLab } from '../src/cloud-lab.ts'
import { type CloudNode, createCloudNodes, terminateCloudNodes } from '../src/cloud-node.ts'
import { firewallModes, proveBootstrap } from '../src/proofs/bootstrap.ts'
import { comesBackAfterReboot } from '../src/proofs/comes-back.ts'
import {
  listenEverywhere,
  memberGetsIn,
  metadataIsHidden,
  outsiderStaysOut,
  outsiderWouldGetIn,
} from '../src/proofs/firewall.ts'
import { prove } from '../src/prove.ts'
import { skipReason } from '../src/requirements.ts'

const skipped = skipReason('vm', 'image')
const provider = 'digitalocean'
const names = ['edge-1', 'edge-2']
const region = ['--region', 'fra1']

describe.skipIf(skipped)(
  'DigitalOcean: two droplets of one call, and a third of another grid',
  () => {
    const options = [...region, '--open', '8080/tcp']
    const cloud = useCloudLab({ provider, names, options, flavour: 'docker' })
    const target = () => cloud().node(0)
    const member = () => cloud().node(1).guest
    let outsider: CloudNode

    proveBootstrap(target, {
      provider,
      labels: ['provider=digitalocean', 'region=fra1', 'az=fra1'],
      units: ['kontena-firewall', 'kontena-peers.path'],
      modes: firewallModes,
      readUserData: 'curl -sf http://169.254.169.254/metadata/v1/user-data',
    })

    describe('its firewall', () => {
      beforeAll(async () => {
        const { signal } = new AbortController()
        const { lab, image, kontena, inGrid } = cloud()
        await kontena.run(['grid', 'create', 'other', '--initial-size', '1'], signal)
        // Whoever makes a grid works on it from then on.
        await kontena.run(['grid', 'use', lab.grid], signal)
        const order = { provider, names: ['outside'], options: region, image }
        const there = { ...order, kontena: inGrid('other') }
        const [made] = await createCloudNodes(lab, there, signal)
        if (made === undefined) throw new Error('there is no outsider')
        outsider = made
        await listenEverywhere(target(), image.runtime, signal)
      })

      prove('lets a member in to the overlay', (signal) => memberGetsIn(member(), target(), signal))
      prove('keeps an outsider out of it', (signal) =>
        outsiderStaysOut(outsider.guest, target(), signal),
      )
      prove('is what keeps it out', (signal) =>
        outsiderWouldGetIn(outsider.guest, target(), signal),
      )
      prove('hides the metadata service from containers', (signal) => {
        const url = 'http://169.254.169.254/metadata/v1/id'
        return metadataIsHidden(target(), { url, runtime: cloud().image.runtime }, signal)
      })
      prove('stands again after a reboot', async (signal) => {
        const told = await comesBackAfterReboot(target(), signal)
        await listenEverywhere(target(), cloud().image.runtime, signal)
        return `${told}; ${await outsiderStaysOut(outsider.guest, target(), signal)}`
      })
    })

    prove('terminate leaves nothing', async (signal) => {
      const { kontena, inGrid } = cloud()
      const outside = { provider, names: ['outside'], kontena: inGrid('other') }
      await terminateCloudNodes(outside, signal)
      return terminateCloudNodes({ provider, names, kontena }, signal)
    })
  },
)
