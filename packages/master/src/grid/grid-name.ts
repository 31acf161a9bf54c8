import { randomInt } from 'node:crypto'

const adjectives = words(`
  autumn bold brave bright calm clever crimson dawn deep eager early fair fancy gentle golden green
  hidden icy jolly kind late little lively lucky misty noble polar proud quick quiet rapid silent
  silver snowy spring still summer swift warm wild
`)
const nouns = words(`
  bay birch bird breeze brook cloud coast dale dune field fjord flower forest frost garden glade
  harbour heath hill island lake leaf meadow moon moss ocean pine pond rain reef river sea shadow
  shore sky star stone stream thunder valley
`)

/** A name for a grid that was given none, as `silent-harbour`. */
export function randomGridName(): string {
  return `${adjectives[randomInt(adjectives.length)]}-${nouns[randomInt(nouns.length)]}`
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
