/** A serial console: what was printed last, as much as clouds keep. */
export interface Console {
  print(text: string): void
  text(): string
}

/** EC2 keeps the last 64 KB. */
export const kept = 64 * 1024

export function openConsole(): Console {
  let text = ''
  return {
    print(more) {
      text = (text + more).slice(-kept)
    },
    text: () => text,
  }
}
