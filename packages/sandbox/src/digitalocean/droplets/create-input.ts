import { z } from 'zod'

const common = {
  region: z.string().optional(),
  size: z.string(),
  image: z.union([z.string(), z.number()]),
  ssh_keys: z.array(z.union([z.string(), z.number()])).nullish(),
  backups: z.boolean().nullish(),
  ipv6: z.boolean().nullish(),
  monitoring: z.boolean().nullish(),
  tags: z.array(z.string()).nullish(),
  user_data: z.string().nullish(),
  volumes: z.array(z.string()).nullish(),
  vpc_uuid: z.string().nullish(),
  with_droplet_agent: z.boolean().nullish(),
  public_networking: z.boolean().nullish(),
}

/** One droplet by `name`, or up to ten by `names`; fields that the API does not know are let be. */
export const createInput = z.union([
  z.object({ ...common, names: z.array(z.string()) }),
  z.object({ ...common, name: z.string() }),
])
export type CreateInput = z.output<typeof createInput>
