/** Names of metrics (docs/architecture.md#metrics): those that are promised exist, and each is used by its name only. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { METRICS } from '../../lib/domain/metric-names.ts'

const ROOT = join(import.meta.dirname, '../..')
const HOME = 'lib/domain/metric-names.ts'

function sources(): readonly (readonly [file: string, text: string])[] {
  return ['lib', 'functions', 'cdk'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .map((name) => `${room}/${name}`)
      .filter((name) => name.endsWith('.ts') && name !== HOME)
      .map((name) => [name, readFileSync(join(ROOT, name), 'utf8')] as const),
  )
}

describe('the names of metrics', () => {
  it('hold those that operators are promised', () => {
    const promised = `strategy_events_total strategy_intents_total strategy_errors_total strategy_latency_ms
      intent_conflict_total strategy_runtime_isolated_failures_total strategy_runtime_fallback_total
      strategy_runtime_legacy_path_total strategy_shadow_divergence_total lane_cycles_total
      lane_cycle_age_seconds orders_submitted_total orders_denied_total kill_switch_blocks_total
      order_feed_messages_total order_feed_applied_total order_feed_dropped_total reconcile_updates_total`
    expect(Object.values(METRICS)).toEqual(expect.arrayContaining(promised.split(/\s+/)))
    expect(new Set(Object.values(METRICS)).size).toBe(Object.values(METRICS).length)
  })

  it('are those of the architecture, one by one', () => {
    const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
    const named = text.matchAll(/`([a-z_]+_(?:total|ms|seconds))`/g)
    const listed = [...named].map(([, name]) => name)
    expect(new Set(listed)).toEqual(new Set(Object.values(METRICS)))
  })

  it('are written out nowhere else, and each is counted somewhere', () => {
    const all = sources()
    const literals = all.filter(([, text]) => Object.values(METRICS).some((name) => text.includes(name)))
    expect(literals.map(([file]) => file)).toEqual([])
    const unused = Object.keys(METRICS).filter(
      (key) => !all.some(([, text]) => text.includes(`METRICS.${key}`)),
    )
    expect(unused).toEqual([])
  })
})
