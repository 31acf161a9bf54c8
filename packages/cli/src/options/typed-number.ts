/** A number as it was typed; text that is none stays, for a schema to complain of. */
export function typedNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}
