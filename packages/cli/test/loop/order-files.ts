import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MasterLab } from './master-lab.ts'

/** Journals of orders that are not settled. */
export function orderFiles(lab: MasterLab): string[] {
  const folder = join(lab.environment.KONTENA_HOME ?? '', 'orders')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(folder, name))
}

/** As if the next command were typed so many milliseconds later. */
export function ageJournals(lab: MasterLab, milliseconds: number): void {
  for (const path of orderFiles(lab)) {
    const older = readFileSync(path, 'utf8').replaceAll(
      /"at":(\d+)/g,
      (_, at: string) => `"at":${Number(at) - milliseconds}`,
    )
    writeFileSync(path, older)
  }
}
