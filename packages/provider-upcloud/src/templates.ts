import { type Call, hintNearest, ProvisionError } from '@kontena/core'
import type { Storage } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'
import type { UpcloudMachineOptions } from './options.ts'

type ImageName = UpcloudMachineOptions['image']

/**
 * UpCloud's own templates have the same uuid in every zone: those that its Terraform provider tests
 * with. A title tells what came after them.
 */
const images: Readonly<Record<ImageName, { readonly uuid: string; readonly title: RegExp }>> = {
  'ubuntu-24.04': { uuid: '01000000-0000-4000-8000-000030240200', title: /^Ubuntu Server 24\.04/ },
  'debian-12': { uuid: '01000000-0000-4000-8000-000020070100', title: /^Debian GNU\/Linux 12\b/ },
  'debian-13': { uuid: '01000000-0000-4000-8000-000020080100', title: /^Debian GNU\/Linux 13\b/ },
}

export async function listTemplates(cloud: Cloud, call: Call): Promise<readonly Storage[]> {
  return await cloud.ask({ doing: 'list', about: 'the templates', ...call }, (client, options) =>
    client.storages.list({ kind: 'template' }, options),
  )
}

/** The images that there are templates for, in the order in which they are offered. */
export function imagesAmong(
  templates: readonly Storage[],
): readonly { image: ImageName; template: Storage }[] {
  const names: readonly ImageName[] = ['ubuntu-24.04', 'debian-13', 'debian-12']
  return names.flatMap((image) => {
    const template = imageTemplate(templates, image)
    return template === undefined ? [] : [{ image, template }]
  })
}

/** Throws `NOT_FOUND`, or `BAD_OPTIONS` where one that was named cannot do. */
export function findTemplate(
  templates: readonly Storage[],
  { image, template: own }: Pick<UpcloudMachineOptions, 'image' | 'template'>,
  zone: string,
): Storage {
  if (own !== undefined) return findOwnTemplate(templates, own, zone)
  const template = imageTemplate(templates, image)
  if (template !== undefined) return template
  throw new ProvisionError('NOT_FOUND', `UpCloud has no template for ${image}`, {
    hint: 'use another --image, or a --template of your own',
  })
}

/** Of those that fit, one that says it runs cloud-init; `native` ones do not. */
function imageTemplate(templates: readonly Storage[], image: ImageName): Storage | undefined {
  const { uuid, title } = images[image]
  const fitting = templates.filter(
    (template) =>
      template.access === 'public' &&
      template.templateType !== 'native' &&
      (template.uuid === uuid || title.test(template.title)),
  )
  return fitting.find(({ templateType }) => templateType === 'cloud-init') ?? fitting[0]
}

function findOwnTemplate(templates: readonly Storage[], own: string, zone: string): Storage {
  const here = templates.filter((template) => (template.zone ?? zone) === zone)
  const matches = here.filter(({ uuid, title }) => uuid === own || title === own)
  const [template] = matches
  if (template === undefined) {
    throw new ProvisionError('NOT_FOUND', `template ${own} does not exist in zone ${zone}`, {
      hint: hintNearest(
        'template',
        own,
        here.map(({ title }) => title),
      ),
    })
  }
  if (matches.length > 1) {
    throw new ProvisionError('BAD_OPTIONS', `${matches.length} templates are titled ${own}`, {
      hint: `name one by its uuid: ${matches.map(({ uuid }) => uuid).join(', ')}`,
    })
  }
  if (template.templateType === 'native') {
    throw new ProvisionError('BAD_OPTIONS', `template ${own} does not run cloud-init`, {
      hint: 'make a template whose type is cloud-init: without it nothing of the bootstrap happens',
    })
  }
  return template
}
