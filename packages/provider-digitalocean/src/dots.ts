/**
 * The functions of dots-wrapper that are needed, by their files: its entry point loads axios and every
 * resource of DigitalOcean, which takes three times as long.
 */
export { getAccount } from 'dots-wrapper/dist/account/index.js'
export {
  createDroplets,
  deleteDroplet,
  getDroplet,
  listDroplets,
  powerOnDroplet,
  rebootDroplet,
} from 'dots-wrapper/dist/droplet/index.js'
export { getImage } from 'dots-wrapper/dist/image/index.js'
export { listRegions } from 'dots-wrapper/dist/region/index.js'
export { listSizes } from 'dots-wrapper/dist/size/index.js'
export {
  createSshKey,
  destroySshKey,
  getSshKey,
  listSshKeys,
} from 'dots-wrapper/dist/ssh-key/index.js'
export { deleteTag, listTags } from 'dots-wrapper/dist/tag/index.js'
export {
  createVpc,
  deleteVpc,
  listVpcResources,
  listVpcs,
} from 'dots-wrapper/dist/vpc/index.js'
