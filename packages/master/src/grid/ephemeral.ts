/** Whether a node is one that is forgotten when it stays away. The label alone counts, whatever its value, as in 1.5. */
export function isEphemeral({ labels }: { readonly labels: readonly string[] }): boolean {
  return labels.some((text) => text.split('=', 1)[0] === 'ephemeral')
}
