/** Bytes; far more than any API says at once. What is longer comes from something else. */
export const longestAnswer = 32 * 1024 * 1024

/**
 * An answer's body as text. Rejects with a `RangeError` as soon as it is longer than any answer is, so that
 * what has no end, or unpacks to gigabytes, does not fill the memory of this computer.
 */
export async function readText(
  response: Pick<Response, 'body'>,
  longest: number = longestAnswer,
): Promise<string> {
  const decoder = new TextDecoder()
  let length = 0
  let text = ''
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > longest) throw new RangeError(`an answer of more than ${longest} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
