/** The text where there is any: a variable or field that is empty counts as absent. */
export function given(text: string | null | undefined): string | undefined {
  return text === '' || text === null ? undefined : text
}
