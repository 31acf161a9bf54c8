import { registerHooks } from 'node:module'
import { sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the modules that are lent wait for the code that is made to hand them out. */
const shelf = Symbol.for('kontena.lent-modules')
const scheme = 'kontena-lent:'

/**
 * Lends the code of a plug-in the command's own copies of modules, whatever else is installed where it
 * lies: errors and schemas are then the same on both sides, and a bundle has nothing on disk to import.
 * What the plug-in's own dependencies import is not touched.
 *
 * @param root the plug-in's folder, free of links
 */
export function lendModules(root: string, modules: Readonly<Record<string, object>>): void {
  const borrower = pathToFileURL(root + sep).href
  Reflect.set(globalThis, shelf, modules)
  registerHooks({
    resolve(specifier, context, next) {
      if (!Object.hasOwn(modules, specifier) || !isOwnCode(context.parentURL, borrower)) {
        return next(specifier, context)
      }
      return { url: `${scheme}${specifier}`, format: 'module', shortCircuit: true }
    },
    load(url, context, next) {
      const lent = url.startsWith(scheme) ? modules[url.slice(scheme.length)] : undefined
      if (lent === undefined) return next(url, context)
      const source = handingOut(url.slice(scheme.length), Object.keys(lent))
      return { format: 'module', source, shortCircuit: true }
    },
  })
}

function isOwnCode(parent: string | undefined, borrower: string): boolean {
  if (parent === undefined || !parent.startsWith(borrower)) return false
  return !parent.slice(borrower.length).includes('node_modules/')
}

/** A module that exports what another one does, under the same names. */
function handingOut(specifier: string, names: readonly string[]): string {
  const lines = names.map((name, index) => {
    const local = `_${index}`
    return `const ${local} = lent[${JSON.stringify(name)}]; export { ${local} as ${JSON.stringify(name)} }`
  })
  const from = `globalThis[Symbol.for('kontena.lent-modules')][${JSON.stringify(specifier)}]`
  return [`const lent = ${from}`, ...lines].join('\n')
}
