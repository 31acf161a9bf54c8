import { drawnPrompts } from './drawn-prompts.ts'
import { plainPrompts } from './plain-prompts.ts'
import type { PromptStreams, Prompts } from './prompts.ts'

/** Prompts for this terminal. Even a simple one can hide what is typed, which plain lines cannot. */
export function openPrompts(streams: PromptStreams, options: { simple: boolean }): Prompts {
  const drawn = drawnPrompts(streams)
  return options.simple ? { ...drawn, ...plainPrompts(streams) } : drawn
}
