/**
 * What a process that runs long has counted since it began, as Prometheus reads it
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format): for its health endpoint, and its last line.
 */
import type { CountedMetric } from '../domain/metric-names.ts'
import type { Properties } from '../ports/telemetry.ts'

const PREFIX = 'torghut_'

export class CountedMetrics {
  /** By metric and account; '' for what names none. */
  readonly #counts = new Map<CountedMetric, Map<string, number>>()

  add(metric: CountedMetric, count: number, { account }: Properties = {}): void {
    const byAccount = this.#counts.get(metric) ?? new Map<string, number>()
    this.#counts.set(metric, byAccount)
    const label = typeof account === 'string' ? account : ''
    byAccount.set(label, (byAccount.get(label) ?? 0) + count)
  }

  /** Over all accounts. */
  totals(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#counts].map(([metric, byAccount]) => [
        metric,
        [...byAccount.values()].reduce((sum, count) => sum + count, 0),
      ]),
    )
  }

  /** Account labels need no escapes: letters, digits, dots, dashes and underscores. */
  text(): string {
    return [...this.#counts]
      .map(([metric, byAccount]) => {
        const name = `${PREFIX}${metric}`
        const lines = [...byAccount].map(
          ([account, count]) => `${name}${account === '' ? '' : `{account="${account}"}`} ${count}\n`,
        )
        return `# TYPE ${name} counter\n${lines.join('')}`
      })
      .join('')
  }
}
