/** Numbers and times as people read them; times are UTC. */

const MINUS = '\u2212'
const DAY = 86_400

function signed(text: string): string {
  return text.replace('-', MINUS)
}

export function percent(share: number | null, digits = 1): string {
  if (share === null) return '\u2013'
  const text = (share * 100).toFixed(digits)
  return `${signed(Number(text) === 0 ? text.replace('-', '') : text)} %`
}

/** With the sign of a gain. */
export function gain(share: number | null): string {
  return share !== null && share > 0 ? `+${percent(share)}` : percent(share)
}

export function ratio(value: number | null): string {
  return value === null ? '\u2013' : signed(value.toFixed(2))
}

/** How often: `1,123 times`. */
export function times(value: number | null): string {
  if (value === null) return '\u2013'
  return `${value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 })} times`
}

export function money(value: number | null): string {
  if (value === null) return '\u2013'
  return signed(value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }))
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function quantity(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 8 })
}

export function date(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

export function minute(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
}

export function span(seconds: number): string {
  if (seconds === 0) return '\u2013'
  return seconds < DAY ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / DAY).toFixed(1)} d`
}
