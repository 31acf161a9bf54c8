import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Programs of a host that would change this computer, as shell scripts with their state under
 * `KONTENA_ROOT/fake`. A unit that systemd-run starts is a process; its output is its journal.
 */
const programs: Readonly<Record<string, string>> = {
  id: 'if [ -f "$fake/uid" ]; then cat "$fake/uid"; else echo 0; fi',
  sudo: `if [ -f "$fake/sudo" ]; then cat "$fake/sudo" >&2; exit 1; fi
shift
exec env PATH="$PATH" KONTENA_UID=0 "$@"`,
  uname: 'if [ -f "$fake/arch" ]; then cat "$fake/arch"; else echo x86_64; fi',
  date: 'if [ -f "$fake/date" ]; then cat "$fake/date"; else exec /bin/date "$@"; fi',
  df: `echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'
if [ -f "$fake/df" ]; then cat "$fake/df"; else echo '/dev/vda1 20000000 2000000 18000000 10% /'; fi`,
  ss: 'cat "$fake/ss" 2> /dev/null',
  curl: 'if [ -f "$fake/curl" ]; then exit 7; fi',
  'apt-get': 'exit 1',
  dpkg: 'echo "dpkg $*" >> "$fake/calls"',
  nft: 'exit 1',
  sysctl: 'exit 1',
  journalctl: `for word; do case $word in --unit=*) unit=\${word#--unit=} ;; esac; done
tail -n 5 "$fake/$unit.journal" 2> /dev/null`,
  systemctl: `verb=$1
for word; do case $word in *.service) unit=\${word%.service} ;; esac; done
case $verb in
  is-active)
    if [ -f "$fake/$unit.active" ]; then echo active; exit 0; fi
    echo inactive; exit 3 ;;
  stop)
    echo "stop $unit" >> "$fake/calls"
    if [ -f "$fake/$unit.active" ]; then kill -- "-$(cat "$fake/$unit.active")"; rm -f "$fake/$unit.active"; fi ;;
  cat) [ -f "$fake/$unit.unit" ] ;;
  *) echo "systemctl $*" >> "$fake/calls" ;;
esac`,
  'systemd-run': `wait=
for word; do
  case $word in
    --unit=*) unit=\${word#--unit=} ;;
    --setenv=*) export "\${word#--setenv=}" ;;
    --wait) wait=yes ;;
    --*) ;;
    *) break ;;
  esac
  shift
done
echo "run \${unit:-} $*" >> "$fake/calls"
if [ -z "\${unit:-}" ]; then exit 0; fi
setsid sh -c 'echo $$ > "$0.active"; "$@"; code=$?; rm -f "$0.active"; exit $code' \\
  "$fake/$unit" "$@" > "$fake/$unit.journal" 2>&1 < /dev/null &
if [ -n "$wait" ]; then wait $!; else until [ -f "$fake/$unit.active" ] || ! kill -0 $! 2> /dev/null; do :; done; fi`,
}

/** Of this computer, as they change nothing but files that they are told. */
const tools =
  'base64 cat chmod cmp cut env flock grep kill ln mkdir mv rm rmdir sed setsid sh sha256sum sleep sort sync tail timeout tr true'

/** Makes a folder of all programs that the host has. */
export async function installFakes(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of tools.split(' ')) await symlink(`/usr/bin/${name}`, join(folder, name))
  for (const [name, body] of Object.entries(programs)) await installFake(folder, name, body)
}

export async function installFake(folder: string, name: string, body: string): Promise<void> {
  const text = `#!/bin/sh\nfake=$KONTENA_ROOT/fake\n${body}\n`
  const file = join(folder, name)
  await rm(file, { force: true })
  // Never through a link, behind which is a program of this computer.
  await writeFile(file, text, { mode: 0o755, flag: 'wx' })
}
