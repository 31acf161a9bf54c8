#!/bin/sh
# What is left to do in the new root, which mmdebstrap gives as the first argument.
set -eu
root=$1

# Each machine makes its own identity.
: > "$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root"/etc/ssh/ssh_host_*
echo debian > "$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' > "$root/etc/hosts"
ln -sf /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

chroot "$root" systemctl --quiet enable systemd-networkd systemd-resolved \
  clock-is-set load-runtime ssh-host-keys
# Nothing calls out by itself.
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer \
  e2scrub_all.timer fstrim.timer dpkg-db-backup.timer systemd-timesyncd.service

rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/man/* \
  "$root"/usr/share/doc/*
