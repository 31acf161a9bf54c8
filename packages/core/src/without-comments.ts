import type { MachineFile } from './machine-files.ts'

/**
 * A file of ours without the lines that only tell people about it, for documents that would be too large
 * with them. Operators' own values stay as they are.
 */
export function withoutComments(file: MachineFile): MachineFile {
  if (!file.ours) return file
  const comments = file.path.endsWith('.mjs') ? /^ *(?:\/\/|\/\*\*|\*).*\n/gm : /^ *#(?!!).*\n/gm
  return { ...file, content: file.content.replace(comments, '') }
}
