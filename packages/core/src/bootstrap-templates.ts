import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Handlebars from 'handlebars'
import { quoteForYaml } from './flow-yaml.ts'

export type TemplateName =
  | 'cloud-config.yaml'
  | 'manual-cloud-config.yaml'
  | 'kontena-agent.service'
  | 'firewall.nft'
  | 'script.sh'
  | 'compose.yaml'

type Render = (values: Readonly<Record<string, unknown>>) => string

const compiled = new Map<TemplateName, Render>()
const plain = new Map<string, string>()
let environment: typeof Handlebars | undefined

/** Renders a template of `@kontena/templates/node`. A value that is missing is a bug, and throws. */
export function renderTemplate(
  name: TemplateName,
  values: Readonly<Record<string, unknown>>,
): string {
  environment ??= openEnvironment()
  let render = compiled.get(name)
  if (render === undefined) {
    render = environment.compile(readTemplate(`${name}.hbs`), { noEscape: true, strict: true })
    compiled.set(name, render)
  }
  return render(values)
}

/** A file of `@kontena/templates/node` that goes to machines as it is. */
export function readNodeFile(name: string): string {
  const known = plain.get(name)
  if (known !== undefined) return known
  const text = readTemplate(name)
  plain.set(name, text)
  return text
}

function openEnvironment(): typeof Handlebars {
  const opened = Handlebars.create()
  opened.registerHelper('base64', (text: string) => Buffer.from(text).toString('base64'))
  opened.registerHelper('quoted', quoteForYaml)
  opened.registerHelper('base64lines', (text: string) =>
    Buffer.from(text)
      .toString('base64')
      .replace(/.{1,76}/g, '$&\n'),
  )
  opened.registerHelper('octal', (mode: number) => `0${mode.toString(8)}`)
  opened.registerHelper('word', (text: string) => quoteForYaml(escapeForCompose(text)))
  opened.registerHelper('lines', (text: string) => indent(escapeForCompose(text), 6))
  opened.registerHelper('indented', (text: string) => indent(text, 4))
  opened.registerPartial('files.yaml', readTemplate('files.yaml.hbs'))
  return opened
}

function indent(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns))
}

/** Docker Compose puts variables of its own environment into what follows a dollar sign. */
function escapeForCompose(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function readTemplate(file: string): string {
  const { resolve } = createRequire(import.meta.url)
  return readFileSync(resolve(`@kontena/templates/node/${file}`), 'utf8')
}
