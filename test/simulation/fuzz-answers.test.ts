/**
 * Whatever others answer or have stored is read, or refused with a reason: a feature flag service, the account roster, and
 * what strategies see of stored payloads. 100,000 of each, from a seed that `TORGHUT_FUZZ_SEED` sets.
 */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DynamoAccountRoster, rosterKey } from '../../lib/adapters/dynamodb/account-roster.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { openFeatureFlags } from '../../lib/adapters/openfeature/feature-flags.ts'
import { ofrepProvider } from '../../lib/adapters/openfeature/ofrep-provider.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import type { AccountEntry } from '../../lib/domain/account.ts'
import { TorghutError } from '../../lib/domain/errors.ts'
import { asEpochMs, asMonotonicMs } from '../../lib/domain/time.ts'
import { parseSignalText } from '../../lib/formats/signal-codec.ts'
import type { FeatureFlags } from '../../lib/ports/feature-flags.ts'
import { normalizeFeatures } from '../../lib/strategy/features.ts'
import { BAR_SIGNAL, CUSTOM_SIGNAL, SIGNAL, spoilt, spoiltText } from '../support/fuzz.ts'
import { SimulatedDynamoClient } from '../support/simulated-dynamodb/client.ts'
import { SimulatedTable } from '../support/simulated-dynamodb/table.ts'
import { Stream } from './sim/random.ts'

const MESSAGES = 100_000
const SEED = Number(process.env['TORGHUT_FUZZ_SEED'] ?? 20_260_210)
const NOW = asEpochMs(Date.UTC(2026, 1, 11))
const clock = { now: () => NOW, monotonic: () => asMonotonicMs(0) }

afterEach(() => vi.unstubAllGlobals())

describe('whatever is answered', { timeout: 900_000 }, () => {
  it('by a feature flag service is on, off, or unreadable with a reason; on only when it says true', async () => {
    const random = new Stream(SEED)
    const ANSWER = { key: 'admits', reason: 'TARGETING_MATCH', variant: 'a', value: true, metadata: { a: 1 } }
    const ERROR = { key: 'admits', errorCode: 'FLAG_NOT_FOUND', errorDetails: 'none of this name' }
    const JSON_TYPE = 'application/json'
    let answer = { status: 200, body: '', type: JSON_TYPE }
    vi.stubGlobal('fetch', async () => {
      const { status, body, type } = answer
      return new Response(body, { status, headers: { 'content-type': type } })
    })
    const open = (index: number): Promise<FeatureFlags> =>
      openFeatureFlags(
        ofrepProvider({ baseUrl: 'http://flags', namespace: 'n', timeoutMs: 1e6 }),
        `f${index}`,
      )
    let flags = await open(0)
    const kinds = new Map<string, number>()
    const whenBusy = new Set<string>()
    for (let index = 1; index <= MESSAGES; index += 1) {
      const status = random.pick([200, 200, 200, 200, 400, 401, 403, 404, 404, 500, 503])
      const document = status === 200 ? { ...ANSWER, value: random.chance(0.7) } : ERROR
      answer = {
        status,
        body: spoiltText(document, random),
        type: random.pick([JSON_TYPE, JSON_TYPE, 'text/html']),
      }
      // one that asks to be left alone is not asked any more
      if (index % 5000 === 0) {
        answer = { status: 429, body: '', type: JSON_TYPE }
        whenBusy.add((await flags.read('admits', 'torghut:alpha')).kind)
        flags = await open(index)
        continue
      }
      const reading = await flags.read('admits', 'torghut:alpha')
      kinds.set(reading.kind, (kinds.get(reading.kind) ?? 0) + 1)
      const isSaid = reading.kind !== 'unreadable' || reading.reason !== ''
      const mayBeOn = status === 200 && valueOf(answer.body) === true
      if (!isSaid || (reading.kind === 'on' && !mayBeOn)) {
        throw new Error(`answer ${index} of seed ${SEED}: ${JSON.stringify([answer, reading])}`)
      }
    }
    expect([...whenBusy]).toEqual(['unreadable'])
    expect([...kinds.keys()].toSorted()).toEqual(['off', 'on', 'unreadable'])
    expect(Math.min(...kinds.values())).toBeGreaterThan(MESSAGES / 100)
  })

  it('by the table of the roster is the whole revision, or refused', async () => {
    const random = new Stream(SEED)
    const entry = (label: string): AccountEntry => ({
      label: accountLabel(label),
      mode: 'paper',
      enabled: true,
      baseUrl: 'https://paper-api.alpaca.markets',
      strategies: ['trend', 'reversal'],
    })
    const entries = [entry('alpha'), entry('beta')]
    const opened = (table: SimulatedTable): DynamoAccountRoster => {
      const client = new SimulatedDynamoClient([table], async ({ perform }) => perform(NOW, Infinity))
      return new DynamoAccountRoster(new ItemTable(client.asClient(), 'state'), clock)
    }
    const written = new SimulatedTable('state')
    const revision = await opened(written).write(entries, () => undefined)
    const items = entries.map(({ label }) => {
      const { pk, sk } = rosterKey(revision, label)
      return unmarshall(written.get({ S: pk }, { S: String(sk) }) ?? {})
    })
    const counts = { whole: 0, refused: 0 }
    for (let index = 0; index < MESSAGES; index += 1) {
      const table = new SimulatedTable('state')
      for (const [place, { pk, sk, ...rest }] of items.entries()) {
        const found = place === 1 ? spoilt(rest, random) : rest
        const attributes = marshall({ ...(typeof found === 'object' ? found : {}), pk, sk }, LENIENT)
        table.seed({ S: String(pk) }, { S: String(sk) }, attributes, NOW)
      }
      const roster = opened(table)
      try {
        expect(await roster.readEntries(revision)).toEqual(entries)
        counts.whole += 1
      } catch (error) {
        if (!(error instanceof TorghutError) || error.message === '') {
          throw new Error(`item ${index} of seed ${SEED}`, { cause: error })
        }
        counts.refused += 1
      }
    }
    expect(Math.min(counts.whole, counts.refused)).toBeGreaterThan(MESSAGES / 100)
  })

  it('by the log gives features, a bar and own values, or names what is missing', () => {
    const random = new Stream(SEED)
    const counts = { ok: 0, error: 0, refused: 0 }
    for (let index = 0; index < MESSAGES; index += 1) {
      const document = random.pick([SIGNAL, BAR_SIGNAL, CUSTOM_SIGNAL])
      const read = parseSignalText(spoiltText(document, random), 'line')
      if (read.kind !== 'value') {
        counts.refused += 1
        continue
      }
      const normalized = normalizeFeatures(read.value)
      counts[normalized.kind] += 1
      const { features } = normalized
      if (normalized.kind === 'error' && normalized.error === '') throw new Error(`payload ${index}`)
      if (features === null) continue
      expect([typeof features.hash, typeof features.bar, typeof features.custom]).toEqual([
        'string',
        'object',
        'object',
      ])
      expect(normalizeFeatures(read.value).features?.hash).toBe(features.hash)
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(MESSAGES / 500)
  })
})

const LENIENT = { removeUndefinedValues: true, allowImpreciseNumbers: true, convertClassInstanceToMap: true }

function valueOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { readonly value?: unknown } | null)?.value
  } catch {
    return undefined
  }
}
