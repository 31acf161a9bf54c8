import { XMLBuilder } from 'fast-xml-parser'

const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/'
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' })
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** An element's content by element name; undefined ones are left out. */
export type Xml = { readonly [element: string]: XmlValue | undefined }
type XmlValue = string | number | boolean | Xml | readonly XmlValue[]

/** A list as EC2 writes one. */
export function items(members: readonly XmlValue[]): Xml {
  return { item: members }
}

export function tagSet(tags: ReadonlyMap<string, string>): Xml {
  return items([...tags].map(([key, value]) => ({ key, value })))
}

export function timestamp(date: Date): string {
  return date.toISOString()
}

export function renderReply(action: string, requestId: string, content: Xml): string {
  const reply = { '@xmlns': namespace, requestId, ...content }
  return declaration + builder.build({ [`${action}Response`]: reply })
}

export function renderError(code: string, message: string, requestId: string): string {
  const response = { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId }
  return declaration + builder.build({ Response: response })
}
