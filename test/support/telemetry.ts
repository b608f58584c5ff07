/** Telemetry for tests: one that keeps nothing, one that keeps what was counted and recorded. */
import type { Telemetry } from '../../lib/ports/telemetry.ts'

export const silentTelemetry: Telemetry = { count: () => {}, measure: () => {}, record: () => {} }

export class CountingTelemetry implements Telemetry {
  readonly counted: Parameters<Telemetry['count']>[] = []
  readonly records: Parameters<Telemetry['record']>[] = []

  count: Telemetry['count'] = (...counted) => void this.counted.push(counted)
  measure = () => {}
  record: Telemetry['record'] = (...record) => void this.records.push(record)

  /** What was counted under one name. */
  total(metric: string): number {
    return this.counted.filter(([name]) => name === metric).reduce((sum, [, count]) => sum + count, 0)
  }

  /** All that was counted, by name. */
  totals(): ReadonlyMap<string, number> {
    return new Map(this.counted.map(([name]) => [name, this.total(name)]))
  }
}
