import { MasterError } from './master-error.ts'

/** One message of an event stream. An empty `data` only moves the reader's place in the stream. */
export interface StreamMessage {
  /** `message` where the stream names none. */
  readonly type: string
  readonly data: string
  /** The last id that the stream gave, with this message or before it; undefined where there was none. */
  readonly id: string | undefined
}

/** Characters of a message, above which a stream is none that a master sends. */
const longestMessage = 4 * 1024 * 1024

/**
 * Takes a stream of server-sent events apart: HTML standard, section 9.2.6, "Interpreting an event
 * stream". Comments and blocks that carry nothing are left out, as is a message that is cut off.
 * Rejects for a message without end.
 */
export async function* readServerSentEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamMessage> {
  let id: string | undefined
  let block: Block = {}
  for await (const line of lines(chunks)) {
    if (line !== '') {
      block = withField(block, readField(line))
      if ((block.data?.length ?? 0) > longestMessage) throw tooLong()
      continue
    }
    id = block.id ?? id
    const { type, data = '' } = block
    if (block.data !== undefined || block.id !== undefined) {
      yield { type: type || 'message', data, id }
    }
    block = {}
  }
}

/** What has come of a message so far. */
type Block = Partial<Record<'type' | 'data' | 'id', string>>

function withField(block: Block, [name, value]: [name: string, value: string]): Block {
  switch (name) {
    case 'event':
      return { ...block, type: value }
    case 'data':
      return { ...block, data: block.data === undefined ? value : `${block.data}\n${value}` }
    case 'id':
      return value.includes('\0') ? block : { ...block, id: value }
    default:
      return block
  }
}

/** One blank behind the colon belongs to neither; a line that begins with one is a comment. */
function readField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  if (colon === -1) return [line, '']
  const value = line.slice(colon + 1)
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value]
}

/** Lines end in LF, CR or both; what comes behind the last end is no line. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true })
    // The other half of a line end may be in the next chunk.
    const held = text.endsWith('\r') ? '\r' : ''
    const parts = text.slice(0, text.length - held.length).split(/\r\n|\n|\r/)
    rest = (parts.pop() ?? '') + held
    if (rest.length > longestMessage) throw tooLong()
    yield* parts
  }
}

function tooLong(): MasterError {
  return new MasterError('failed', 'a message of the stream of events does not end')
}
