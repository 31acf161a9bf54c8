/** What everything says that would need the service. */
export const ended = {
  message: 'Packet (Equinix Metal) ended on 2026-06-30 and makes no machines any more',
  hint: 'add a machine that you have elsewhere by SSH: kontena ssh node create',
}
