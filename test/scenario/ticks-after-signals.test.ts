/**
 * A tick after signals, from the append to the lane (docs/architecture.md#ticks-after-signals): who asks for it, whom it
 * goes to, what it says, and what the lane makes of it.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { openFeatureServices } from '../../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../../lib/adapters/openfeature/parameter-provider.ts'
import type { AppendedSignals } from '../../lib/domain/appended-signals.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import { asCatalogHash } from '../../lib/domain/ids.ts'
import { formatInstant, instant } from '../../lib/domain/time.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { decodeAppended, encodeAppended } from '../../lib/formats/appended-event.ts'
import { decodeTick, encodeTick } from '../../lib/formats/tick-codec.ts'
import { dispatchTick } from '../../lib/lanes/dispatch.ts'
import { tickQueue } from '../../lib/lanes/tick-queue.ts'
import type { QueueMessage } from '../../lib/ports/queue.ts'
import type { SignalLog } from '../../lib/ports/signal-log.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import type { WaitingTicks } from '../../lib/ports/waiting-ticks.ts'
import { ingestMessage } from '../../lib/signals/ingest-message.ts'
import { askForTicks, StoredPositions } from '../../lib/signals/stored-positions.ts'
import { flagSource } from '../support/flag-readings.ts'
import { HandClock } from '../support/hand-clock.ts'
import { LaneFixture } from '../support/lane-fixture.ts'
import { MemoryQuarantine } from '../support/memory-quarantine.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const NOW = '2026-02-11T15:01:42Z'
const ON = { TRADING_KILL_SWITCH_ENABLED: 'false', TRADING_TICK_ON_SIGNAL: 'true' }
let domains = 0

class Stage {
  readonly clock = new HandClock(NOW)
  readonly stores = memoryStores(this.clock)
  readonly telemetry = new CountingTelemetry()
  readonly sent: QueueMessage[] = []
  flags: Record<string, string> = ON
  waiting: WaitingTicks = this.stores.waitingTicks
  window: (at: number) => boolean = () => true

  dispatch(upTo: AppendedSignals) {
    const flags = flagSource(this.clock, () => this.flags)
    domains += 1
    return dispatchTick(upTo.at, {
      environment: {},
      flags,
      features: openFeatureServices(`after-signals-${domains}`, new ParameterProvider(flags, 0)),
      roster: this.stores.roster,
      catalog: { currentHash: async () => asCatalogHash('c'.repeat(64)) },
      executions: { listOpen: () => Promise.reject(new Error('open work is left to the schedule')) },
      unmatched: { listParked: () => Promise.reject(new Error('open work is left to the schedule')) },
      queue: tickQueue({
        send: async (messages) => {
          this.sent.push(...messages)
          return { failed: [] }
        },
      }),
      telemetry: this.telemetry,
      window: (at) => this.window(at),
      after: { upTo: { source: upTo.source, position: upTo.position }, by: upTo.by, waiting: this.waiting },
    })
  }

  appended(position: number, named: Partial<AppendedSignals> = {}): AppendedSignals {
    return { source: 'ta', position, at: this.clock.now(), by: 'ingest', ...named }
  }
}

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})

const two = {
  TRADING_MULTI_ACCOUNT_ENABLED: 'true',
  TRADING_ACCOUNTS_JSON: JSON.stringify([{ label: 'paper' }, { label: 'alpha' }]),
  'features/torghut_trading_multi_account_enabled': 'true',
}

describe('the dispatcher, told of signals', () => {
  it('ticks each admitted lane, stamped with the moment of the append floored to the minute, and reconciles nobody', async () => {
    stage.flags = { ...ON, ...two }
    const summary = await stage.dispatch(stage.appended(42))
    expect(summary).toMatchObject({ cycles: ['paper', 'alpha'], reconciles: [], signalsDue: false })
    expect(stage.sent.map(({ deduplicationId }) => deduplicationId)).toEqual([
      '2026-02-11T15:01:00Z#cycle#paper#ta#42',
      '2026-02-11T15:01:00Z#cycle#alpha#ta#42',
    ])
    const [tick] = stage.sent.map(({ body }) => decodeTick(body))
    expect(tick).toMatchObject({ kind: 'cycle', upTo: { source: 'ta', position: 42 }, killSwitchOn: false })
    expect(formatInstant(tick?.tickAt ?? stage.clock.now())).toBe('2026-02-11T15:01:00Z')
  })

  it('sends one that waits, not two, and the next one when that has begun', async () => {
    await stage.dispatch(stage.appended(1))
    await stage.dispatch(stage.appended(2))
    await stage.dispatch(stage.appended(1))
    expect(stage.sent).toHaveLength(1)
    await stage.stores.waitingTicks.begun('paper' as never, { source: 'ta', position: 1 })
    await stage.dispatch(stage.appended(3))
    expect(stage.sent.map(({ body }) => decodeTick(body).upTo?.position)).toEqual([1, 3])
  })

  it.each([
    ['a source that no lane reads', { source: 'other' }, ON],
    ['the flag off, for ingest', {}, { ...ON, TRADING_TICK_ON_SIGNAL: 'false' }],
    ['no flag, for ingest', {}, { TRADING_KILL_SWITCH_ENABLED: 'false' }],
  ])('ticks nobody: %s', async (_, named, flags) => {
    stage.flags = flags
    expect(await stage.dispatch(stage.appended(1, named))).toMatchObject({ cycles: [] })
    expect(stage.sent).toEqual([])
  })

  it('asks no flag when another function than ingest has appended them', async () => {
    stage.flags = { TRADING_KILL_SWITCH_ENABLED: 'false' }
    await stage.dispatch(stage.appended(1, { by: 'market-data' }))
    expect(stage.sent).toHaveLength(1)
  })

  it('ticks nobody outside the trading window', async () => {
    stage.window = () => false
    await stage.dispatch(stage.appended(1))
    expect(stage.sent).toEqual([])
  })

  it('lets no account go without its tick since the note of another one cannot be written', async () => {
    stage.flags = { ...ON, ...two }
    stage.waiting = {
      ...stage.waiting,
      note: async (account) => {
        if (account === ('paper' as never)) throw new UnavailableError('no answer')
        return true
      },
    }
    expect(await stage.dispatch(stage.appended(1))).toMatchObject({ cycles: ['alpha'] })
  })

  it('gives ids that the queue takes, however long the names', async () => {
    const source = 's'.repeat(120)
    stage.flags = { ...ON, TRADING_SIGNAL_SOURCE: source }
    await stage.dispatch(stage.appended(1, { source }))
    await stage.stores.waitingTicks.begun('paper' as never, { source, position: 1 })
    await stage.dispatch(stage.appended(2, { source }))
    const ids = stage.sent.map(({ deduplicationId }) => deduplicationId)
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id.length).toBeLessThanOrEqual(128)
  })
})

describe('the message of a tick after signals', () => {
  const message = () => decodeTick(stage.sent[0]?.body ?? '')

  it('is one that the release before it reads: no new field, and no setting that it would refuse', async () => {
    await stage.dispatch(stage.appended(5))
    const body = JSON.parse(stage.sent[0]?.body ?? '') as { readonly settings: Record<string, string> }
    expect(Object.keys(body).sort()).toEqual([
      'account',
      'catalog_hash',
      'kill_switch_on',
      'kind',
      'schema',
      'settings',
      'tick_at',
    ])
    expect(body.settings).toMatchObject({ up_to: 'ta#5' })
    expect(parseSettings(body.settings)).toMatchObject({ tickOnSignal: true })
  })

  it('comes back as it was, and leaves no trace in the settings that a plan seals', async () => {
    await stage.dispatch(stage.appended(5))
    expect(message().settings).toEqual(ON)
    expect(decodeTick(encodeTick(message()))).toEqual(message())
  })

  it.each(['ta', 'ta#', '#4', 'ta#0', 'ta#x'])(
    'is refused in words where it names no position: %s',
    async (text) => {
      await stage.dispatch(stage.appended(5))
      const body = (stage.sent[0]?.body ?? '').replace('"ta#5"', JSON.stringify(text))
      expect(() => decodeTick(body)).toThrow(/settings\.up_to.*ta#42/s)
    },
  )
})

describe('the event that tells of signals', () => {
  const event = { source: 'torghut.signals', time: NOW, detail: { source: 'ta', position: 3, by: 'ingest' } }

  it('is shaped as the schedule tells of its ticks, with another source', () => {
    const signals = { source: 'ta', position: 3, by: 'ingest', at: instant(NOW) }
    expect(JSON.parse(encodeAppended(signals))).toEqual(event)
    expect(decodeAppended({ ...event, version: '0' })).toEqual(signals)
    expect(decodeAppended({ source: 'aws.scheduler', time: NOW })).toBeNull()
  })

  it('is refused in words where it says something else', () => {
    expect(() => decodeAppended({ ...event, detail: { source: 'ta', position: '3', by: 'ingest' } })).toThrow(
      /detail\.position/,
    )
  })
})

describe('ingest', () => {
  const asked: AppendedSignals[] = []
  beforeEach(() => {
    asked.length = 0
  })
  const record = (seq: number, source = 'ta') => ({
    event_ts: '2026-02-11T15:01:00Z',
    symbol: 'AAPL',
    timeframe: '1Min',
    seq,
    source,
    payload: { price: '100' },
  })

  async function ingest(records: readonly object[], redelivered = false, isReachable = true) {
    const { clock, telemetry } = stage
    const stored = new StoredPositions()
    const delivery = { text: JSON.stringify(records), origin: 'ta', redelivered, remainingMs: () => 30_000 }
    const { signals } = stage.stores
    await ingestMessage(delivery, { clock, signals, quarantine: new MemoryQuarantine(), telemetry, stored })
    const dispatcher = {
      askFor: async (one: AppendedSignals) => {
        if (!isReachable) throw new UnavailableError('no answer')
        asked.push(one)
      },
    }
    await askForTicks(stored, 'ingest', { dispatcher, clock, telemetry })
    return asked.splice(0).map(({ source, position }) => `${source}#${position}`)
  }

  it('asks once for each source, for the last of its signals', async () => {
    expect(await ingest([record(1), record(2), record(1, 'other'), record(3)])).toEqual(['ta#3', 'other#1'])
  })

  it('asks for nothing when nothing new came, unless the first delivery may have died before it asked', async () => {
    await ingest([record(1), record(2)])
    expect(await ingest([record(1), record(2)])).toEqual([])
    expect(await ingest([record(1), record(2)], true)).toEqual(['ta#2'])
  })

  it('has done its work when the dispatcher cannot be reached', async () => {
    expect(await ingest([record(1)], false, false)).toEqual([])
    expect(stage.telemetry.total('ingest_ticks_not_asked_total')).toBe(1)
    expect(await stage.stores.signals.end('ta')).toBe(1)
  })
})

describe('the lane', () => {
  /** What an eventually consistent query of the log shows; all if absent. */
  let shownUpTo: number
  let cutAt: number
  let beforeRead: () => Promise<void>
  let lane: LaneFixture

  function stale(stores: StateStores): StateStores {
    const { signals } = stores
    const log: SignalLog = {
      append: (signal) => signals.append(signal),
      find: (signal) => signals.find(signal),
      end: (source) => signals.end(source),
      readHistory: (...asked) => signals.readHistory(...asked),
      readAfter: async (source, cursor, limit, now, consistent = false) => {
        if (lane.pauses.length > 10) throw new Error('it is read again for ever')
        await beforeRead()
        const batch = await signals.readAfter(source, cursor, limit, now, consistent)
        const last = consistent ? cutAt : Math.min(shownUpTo, cutAt)
        return { ...batch, signals: batch.signals.filter(({ position }) => position <= last) }
      },
    }
    return { ...stores, signals: log }
  }

  beforeEach(() => {
    shownUpTo = Infinity
    cutAt = Infinity
    beforeRead = async () => {}
    lane = new LaneFixture((clock) => stale(memoryStores(clock)))
  })

  it('sees the signal though the log does not show it everywhere yet', async () => {
    await lane.signal()
    shownUpTo = 0
    expect(await lane.tick()).toEqual({ kind: 'idle' })
    lane.upTo = { source: 'ta', position: 1 }
    expect(await lane.tick()).toMatchObject({ kind: 'done', signals: 1 })
  })

  it('is idle when it has dealt with what the tick names', async () => {
    await lane.signal()
    await lane.tick()
    lane.upTo = { source: 'ta', position: 1 }
    expect(await lane.tick()).toEqual({ kind: 'idle' })
    expect(lane.pauses).toEqual([])
  })

  it('is not idle below the position: it reads again twice, and says where it stands and why', async () => {
    await lane.signal()
    cutAt = 0
    lane.upTo = { source: 'ta', position: 1 }
    expect(await lane.tick()).toEqual({
      kind: 'behind',
      source: 'ta',
      position: 1,
      cursor: 0,
      reason: 'the log of ta shows nothing after 0, the tick names 1',
    })
    expect(lane.pauses).toEqual([200, 800])
    expect(lane.telemetry.total('lane_cycle_failures_total')).toBe(1)
    cutAt = Infinity
    expect(await lane.tick()).toMatchObject({ kind: 'done', signals: 1 })
  })

  it('does not look for positions of a source that it does not read', async () => {
    await lane.signal()
    await lane.tick()
    lane.upTo = { source: 'other', position: 100 }
    expect(await lane.tick()).toEqual({ kind: 'idle' })
  })

  it('makes room for the next tick before it reads the log', async () => {
    await lane.signal()
    const upTo = { source: 'ta', position: 1 }
    await lane.stores.waitingTicks.note(lane.account.label, upTo)
    lane.upTo = upTo
    let isRoom: boolean | null = null
    beforeRead = async () => {
      isRoom ??= await lane.stores.waitingTicks.note(lane.account.label, { source: 'ta', position: 2 })
    }
    expect(await lane.tick()).toMatchObject({ kind: 'done', signals: 1 })
    expect(isRoom).toBe(true)
  })
})
