import { badRequest } from '../wire/errors.ts'
import type { MachineProperties } from './machine-body.ts'

/** Names that Azure gives to nobody. */
const reservedUsers = new Set(
  (
    '1 123 a actuser adm admin admin1 admin2 administrator aspnet backup console david guest john owner root server ' +
    'sql support support_388945a0 sys test test1 test2 test3 user user1 user2 user3 user4 user5 video'
  ).split(' '),
)
/** Bytes, before base64. */
const largestCustomData = 65_535
const longestComputerName = 64

/**
 * Checks what a machine's system is to be told.
 *
 * @returns the custom data, decoded
 * @throws ArmError
 */
export function checkOsProfile({ osProfile }: MachineProperties, machineName: string): Buffer {
  const { computerName = machineName, adminUsername, customData = '' } = osProfile
  checkComputerName(computerName)
  if (reservedUsers.has(adminUsername.toLowerCase())) {
    throw badRequest(
      'InvalidParameter',
      'The Admin Username specified is not allowed.',
      'adminUsername',
    )
  }
  if (!/^[a-z_][a-z0-9_.-]{0,63}$/i.test(adminUsername)) {
    throw badRequest(
      'InvalidParameter',
      'The Admin Username specified is not valid.',
      'adminUsername',
    )
  }
  checkLogin(osProfile)
  return decodeCustomData(customData)
}

function checkComputerName(name: string): void {
  const isValid =
    name.length > 0 &&
    name.length <= longestComputerName &&
    !/[`~!@#$%^&*()=+_[\]{}\\|;:'",<>/?\s]/.test(name)
  if (isValid && !/[.-]$/.test(name) && !/^\d+$/.test(name)) return
  throw badRequest(
    'InvalidParameter',
    `Linux host name cannot exceed ${longestComputerName} characters in length or contain the following characters: ` +
      '` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : \' " , < > / ?.',
    'computerName',
  )
}

function checkLogin({
  adminUsername,
  adminPassword,
  linuxConfiguration,
}: MachineProperties['osProfile']) {
  const keys = linuxConfiguration?.ssh?.publicKeys ?? []
  const hasPasswords = linuxConfiguration?.disablePasswordAuthentication !== true
  if (hasPasswords && adminPassword === undefined) {
    throw badRequest(
      'InvalidParameter',
      'Authentication using either SSH or by user name and password must be enabled in Linux profile.',
      'linuxConfiguration',
    )
  }
  if (!hasPasswords && keys.length === 0) {
    throw badRequest(
      'InvalidParameter',
      'The value of parameter linuxConfiguration.ssh.publicKeys is invalid: at least one key is needed where ' +
        'disablePasswordAuthentication is set.',
      'linuxConfiguration.ssh.publicKeys',
    )
  }
  for (const { path, keyData } of keys) {
    if (path !== `/home/${adminUsername}/.ssh/authorized_keys`) {
      throw badRequest(
        'InvalidParameter',
        `Destination path for SSH public keys is currently limited to its default value ` +
          `/home/${adminUsername}/.ssh/authorized_keys due to a known issue in Linux provisioning agent.`,
        'linuxConfiguration.ssh.publicKeys.path',
      )
    }
    if (!isPublicKey(keyData)) {
      throw badRequest(
        'InvalidParameter',
        'The value of parameter linuxConfiguration.ssh.publicKeys.keyData is invalid.',
        'linuxConfiguration.ssh.publicKeys.keyData',
      )
    }
  }
}

/** OpenSSH's one-line form; RSA of 2048 bits (its blob has 279 bytes) and ED25519 are taken. */
function isPublicKey(text: string): boolean {
  const [type = '', encoded = ''] = text.trim().split(/\s+/)
  const blob = Buffer.from(encoded, 'base64')
  if (blob.length < 4 || blob.subarray(4, 4 + blob.readUInt32BE(0)).toString() !== type)
    return false
  return (
    (type === 'ssh-rsa' && blob.length >= 275) || (type === 'ssh-ed25519' && blob.length === 51)
  )
}

function decodeCustomData(text: string): Buffer {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw badRequest(
      'InvalidParameter',
      'Custom data in OSProfile must be in Base64 encoding and with a maximum length of 87380 characters.',
      'customData',
    )
  }
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length <= largestCustomData) return bytes
  throw badRequest(
    'InvalidParameter',
    'Custom data in OSProfile must be in Base64 encoding and with a maximum length of 87380 characters.',
    'customData',
  )
}
