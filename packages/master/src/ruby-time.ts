/** `2018-03-01 12:00:00 UTC`, as 1.5 writes times in messages. */
export function rubyTime(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
}
