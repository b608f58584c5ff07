/** What a timeframe's name says: `7Day` and `1Week`, `60Min` and `1Hour` are the same. */

const NAMED = /^(\d{1,6})(Sec|Min|Hour|Day|Week|Month)$/
const SECONDS: Readonly<Record<string, number>> = {
  Sec: 1,
  Min: 60,
  Hour: 3600,
  Day: 86_400,
  Week: 7 * 86_400,
}

/** Whether it is a count and a unit, as bars are named. */
export function isNamedTimeframe(name: string): boolean {
  return NAMED.test(name)
}

/** One spelling for equally long timeframes; a name of another form, and months, are what they are. */
export function timeframeKey(name: string): string {
  const [, count, unit = ''] = NAMED.exec(name) ?? []
  const seconds = SECONDS[unit]
  return seconds === undefined ? name : `${Number(count) * seconds}s`
}
