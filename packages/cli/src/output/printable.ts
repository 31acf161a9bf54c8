/**
 * Characters that would act on a terminal instead of showing: C0 and C1 controls, line and paragraph
 * separators, and the marks that reorder text (Unicode's Bidi_Control).
 */
export const acting = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Text from elsewhere (a label, a name, a cloud's words) as it may be printed on one line. */
export function printable(text: string): string {
  return text.replace(acting, escapeCharacter)
}

/** The same for text of several lines, whose line ends and tabs stay. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n')
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  return code <= 0xff
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}
