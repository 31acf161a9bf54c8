/** What stands in an element; a list becomes EC2's `<item>` elements. */
export type XmlContent =
  | string
  | number
  | boolean
  | readonly XmlContent[]
  | { readonly [name: string]: XmlContent }

export function toXml(name: string, content: XmlContent): string {
  return `<${name}>${inside(content)}</${name}>`
}

function inside(content: XmlContent): string {
  if (typeof content !== 'object') return escapeXml(String(content))
  const elements: (readonly [string, XmlContent])[] = Array.isArray(content)
    ? content.map((item) => ['item', item])
    : Object.entries(content)
  return elements.map(([name, inner]) => toXml(name, inner)).join('')
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
