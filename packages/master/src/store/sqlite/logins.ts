import { z } from 'zod'
import type { LoginRecord, LoginStore } from '../login-store.ts'
import type { Database } from './database.ts'
import { optional, time } from './rows.ts'
import { loginPurpose } from './sealed-secrets.ts'

const loginRow = z
  .object({
    state_hash: z.string(),
    verifier: z.string(),
    callback: z.string(),
    redirect_uri: z.string(),
    invitation_hash: optional(z.string()),
    lifetime: optional(z.number()),
    expires_at: time,
  })
  .transform(
    (row): LoginRecord => ({
      stateHash: row.state_hash,
      verifier: row.verifier,
      callback: row.callback,
      redirectUri: row.redirect_uri,
      invitationHash: row.invitation_hash,
      lifetime: row.lifetime,
      expiresAt: row.expires_at,
    }),
  )

/** Anybody may begin one, so that strangers could fill the disk with them; the oldest go first. */
const mostBegun = 10_000

export function loginStore(database: Database): LoginStore {
  const { vault } = database
  return {
    beginLogin: (login, now) =>
      database.write(() => {
        database.run('DELETE FROM logins WHERE expires_at <= ?', now.getTime())
        database.run(
          `INSERT INTO logins
             (state_hash, verifier, callback, redirect_uri, invitation_hash, lifetime, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          login.stateHash,
          vault.seal(login.verifier, loginPurpose(login.stateHash)),
          login.callback,
          login.redirectUri,
          login.invitationHash ?? null,
          login.lifetime ?? null,
          login.expiresAt.getTime(),
        )
        database.run(
          'DELETE FROM logins WHERE rowid <= (SELECT max(rowid) FROM logins) - ?',
          mostBegun,
        )
      }),

    endLogin: (stateHash, now) =>
      database.write(() => {
        const login = database.get(
          loginRow,
          'DELETE FROM logins WHERE state_hash = ? RETURNING *',
          stateHash,
        )
        if (login === undefined || login.expiresAt <= now) return undefined
        return { ...login, verifier: vault.open(login.verifier, loginPurpose(stateHash)) }
      }),
  }
}
