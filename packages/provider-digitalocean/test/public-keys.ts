/** A key made for these tests, whose private half is gone. */
export const ed25519Key =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBVMoYp7pyLHkpHYBT6vK6s/z5jaVvWvcIJ1yF/Mxdb4'
/** As ssh-keygen -l -E md5 prints it. */
export const ed25519Fingerprint = 'f4:e2:03:98:6c:b0:91:b7:a0:5a:c7:44:f1:69:fc:56'
