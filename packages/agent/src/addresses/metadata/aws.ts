import type { Ask, CloudAddresses } from './cloud-addresses.ts'

/** "Use the Instance Metadata Service" in EC2's documentation; its second version, with a token. */
export async function askAws(ask: Ask): Promise<CloudAddresses> {
  const token = await ask('/latest/api/token', {
    method: 'PUT',
    headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' },
  })
  const headers = { 'X-aws-ec2-metadata-token': token ?? '' }
  const leaf = async (name: string): Promise<string[]> => {
    const text = await ask(`/latest/meta-data/${name}`, { headers })
    return text === undefined ? [] : [text.trim()]
  }
  const [local, outside] = await Promise.all([leaf('local-ipv4'), leaf('public-ipv4')])
  return { private: local, public: outside }
}
