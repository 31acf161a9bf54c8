/**
 * One line of what `vagrant --machine-readable` prints. Facts are from Vagrant's
 * `lib/vagrant/ui.rb` and developer.hashicorp.com/vagrant/docs/cli/machine-readable.
 */
export interface VagrantLine {
  /** Name of the machine inside its Vagrantfile; empty where the line is about none. */
  readonly target: string
  readonly type: string
  readonly data: readonly string[]
}

/** Undefined for what is no such line: a trace of Ruby's, or what a program that Vagrant calls printed. */
export function parseLine(text: string): VagrantLine | undefined {
  const [, target, type, rest] = /^\d+,([^,]*),([^,]+),(.*)$/.exec(text) ?? []
  if (target === undefined || type === undefined || rest === undefined) return undefined
  return { target, type, data: rest.split(',').map(unescapeData) }
}

export function parseLines(output: string): VagrantLine[] {
  return output.split('\n').flatMap((text) => parseLine(text.trimEnd()) ?? [])
}

/** What a person would have read, line by line: messages, errors, and what is none of Vagrant's format. */
export function readableLines(output: string): string[] {
  return output
    .split('\n')
    .flatMap((text) => {
      const line = parseLine(text.trimEnd())
      return line === undefined ? [text] : messageOf(line).flatMap((part) => part.split(/[\r\n]+/))
    })
    .map((text) => text.trimEnd())
    .filter((text) => text !== '')
}

/** Each line of a message about a machine begins with its name, which a folder of one machine need not tell. */
function messageOf({ target, type, data }: VagrantLine): string[] {
  if (type === 'error-exit') return data.slice(1)
  if (type !== 'ui') return []
  return data
    .slice(1)
    .map((text) =>
      text.replaceAll(/^(?:==>| {3}) (\S+): /gm, (start, name) => (name === target ? '' : start)),
    )
}

/** Vagrant's last word about a command that failed. */
export interface VagrantError {
  /** Ruby's name of it, as in `Vagrant::Errors::MachineLocked`. */
  readonly name: string
  readonly message: string
}

export function findError(lines: readonly VagrantLine[]): VagrantError | undefined {
  const [name, message] = lines.findLast(({ type }) => type === 'error-exit')?.data ?? []
  return name === undefined ? undefined : { name, message: message ?? '' }
}

function unescapeData(text: string): string {
  return text.replaceAll('%!(VAGRANT_COMMA)', ',').replaceAll('\\n', '\n').replaceAll('\\r', '\r')
}
