const ownName = 'the machine has its node’s name, which kontena gives it'
const ownStages =
  'it decides what cloud-init does at all, and so whether the machine becomes a node'
const ownMerge = 'it decides how documents are merged, which is settled'

/** Keys that a person's cloud-config cannot have, and why. */
export const refusedKeys: ReadonlyMap<string, string> = new Map([
  ['hostname', ownName],
  ['fqdn', ownName],
  ['prefer_fqdn_over_hostname', ownName],
  ['create_hostname_file', ownName],
  ['preserve_hostname', ownName],
  ['manage_etc_hosts', ownName],
  ['cloud_init_modules', ownStages],
  ['cloud_config_modules', ownStages],
  ['cloud_final_modules', ownStages],
  ['datasource', ownStages],
  ['datasource_list', ownStages],
  ['system_info', ownStages],
  ['network', 'cloud-init reads it from the cloud only'],
  ['output', 'what the machine prints is what tells why it did not become a node'],
  // It is read before any module runs, and one wrong word in it ends every stage.
  ['reporting', ownStages],
  ['merge_how', ownMerge],
  ['merge_type', ownMerge],
  ['launch-index', ownMerge],
  ['package_reboot_if_required', 'the machine would reboot before it is a node'],
  ['apt_reboot_if_required', 'the machine would reboot before it is a node'],
  ['autoinstall', 'it is for an installer, and the machine has its system already'],
  ['authkey_hash', 'cloud-init has it below other keys only'],
])

/** Keys of lists to which a person's own items are added after ours. */
export const listKeys = ['write_files', 'runcmd', 'ssh_authorized_keys'] as const

/**
 * Keys that are taken over as they are: of modules whose work touches nothing of ours, however it ends.
 * Commands and packages are the operator's own and run as root; ours stand before them.
 */
export const allowedKeys: ReadonlySet<string> = new Set([
  ...listKeys,
  ...['allow_public_ssh_keys', 'ansible', 'apk_repos', 'apt', 'apt_pipelining', 'apt_update'],
  ...['apt_upgrade', 'bootcmd', 'byobu_by_default', 'ca-certs', 'ca_certs', 'chef', 'chpasswd'],
  ...['device_aliases', 'disable_ec2_metadata', 'disable_root', 'disable_root_opts', 'disk_setup'],
  ...[
    'drivers',
    'fan',
    'final_message',
    'fs_setup',
    'groups',
    'growpart',
    'grub-dpkg',
    'grub_dpkg',
  ],
  ...['keyboard', 'landscape', 'locale', 'locale_configfile', 'lxd', 'manage_resolv_conf'],
  ...['mcollective', 'migrate', 'mount_default_fields', 'mounts', 'no_ssh_fingerprints', 'ntp'],
  ...['package_update', 'package_upgrade', 'packages', 'password', 'phone_home', 'power_state'],
  ...['puppet', 'random_seed', 'resize_rootfs', 'resolv_conf', 'rh_subscription'],
  ...['rsyslog', 'salt_minion', 'snap', 'spacewalk', 'ssh', 'ssh_deletekeys'],
  ...['ssh_fp_console_blacklist', 'ssh_genkeytypes', 'ssh_import_id', 'ssh_key_console_blacklist'],
  ...['ssh_keys', 'ssh_publish_hostkeys', 'ssh_pwauth', 'ssh_quiet_keygen', 'swap', 'timezone'],
  ...['ubuntu_advantage', 'ubuntu_pro', 'updates', 'user', 'users', 'vendor_data', 'vendor_data2'],
  ...['wireguard', 'yum_repo_dir', 'yum_repos', 'zypper'],
])
