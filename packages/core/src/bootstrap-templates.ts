import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Handlebars from 'handlebars'
import { quoteForYaml } from './flow-yaml.ts'

/** Files of the machine that stand in the documents as they are. They hold no `{{`, `{%` and `{#`. */
const plainFiles = [
  'http',
  'enrol',
  'fetch-agent',
  'packages',
  'install-docker',
  'raise-firewall',
  'kontena-firewall.service',
  'kontena-peers.path',
  'kontena-peers.service',
  'wait-for-clock',
  'setup',
  '99-kontena.conf',
  'daemon.json',
]

export type TemplateName =
  | 'cloud-config.yaml'
  | 'manual-cloud-config.yaml'
  | 'kontena-agent.service'

type Render = (values: Readonly<Record<string, unknown>>) => string

const compiled = new Map<TemplateName, Render>()
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

function openEnvironment(): typeof Handlebars {
  const opened = Handlebars.create()
  opened.registerHelper('base64', (text: string) => Buffer.from(text).toString('base64'))
  opened.registerHelper('quoted', quoteForYaml)
  for (const part of ['files.yaml', 'firewall.nft']) {
    opened.registerPartial(part, readTemplate(`${part}.hbs`))
  }
  for (const file of plainFiles) opened.registerPartial(file, readTemplate(file))
  return opened
}

function readTemplate(file: string): string {
  const { resolve } = createRequire(import.meta.url)
  return readFileSync(resolve(`@kontena/templates/node/${file}`), 'utf8')
}
