// A browser without a window: goes where it is sent, and brings the cookies that it was given.
const cookies = new Map<string, string>()
let url = process.argv.at(-1) ?? ''

for (let step = 0; step < 10; step += 1) {
  const { origin } = new URL(url)
  const cookie = cookies.get(origin)
  const reply = await fetch(url, {
    redirect: 'manual',
    headers: { accept: 'text/html', ...(cookie === undefined ? {} : { cookie }) },
  })
  const given = reply.headers.get('set-cookie')
  if (given !== null) cookies.set(origin, given.split(';')[0] ?? '')
  const location = reply.headers.get('location')
  if (location === null) break
  url = new URL(location, url).href
}
// Where it stopped, for a person who reads it there.
process.stdout.write(url)
