/** Telemetry on a laptop: counts are derived from the stored state, only what a person should know is shown. */
import type { Telemetry } from '../ports/telemetry.ts'
import type { CountedMetrics } from './counted-metrics.ts'

/** Shows warnings and errors, each text once; keeps counts where somebody asks for them. */
export function localTelemetry(show: (line: string) => void, counted?: CountedMetrics): Telemetry {
  const shown = new Set<string>()
  return {
    count: (metric, count, properties) => counted?.add(metric, count, properties),
    measure: () => {},
    record: (level, message, properties = {}, cause) => {
      if (level !== 'warn' && level !== 'error') return
      const details = Object.entries(properties).map(([name, value]) => `${name}=${value}`)
      const because = cause instanceof Error ? `: ${cause.message}` : ''
      const line = `${level}: ${[message, ...details].join(' ')}${because}`
      if (shown.has(line)) return
      shown.add(line)
      show(line)
    },
  }
}
