/** Dispatch and the multi-account gate (docs/architecture.md#dispatch, docs/architecture.md#multi-account-gate). */
import { describe, expect, it } from 'vitest'
import { openFeatureServices } from '../../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../../lib/adapters/openfeature/parameter-provider.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { asCatalogHash } from '../../lib/domain/ids.ts'
import { StateError } from '../../lib/domain/errors.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import type { UnmatchedOrder } from '../../lib/domain/unmatched-order.ts'
import { tradingWindow, type TradingWindow } from '../../lib/domain/schedule-expression.ts'
import { formatInstant, instant } from '../../lib/domain/time.ts'
import { dispatchTick } from '../../lib/lanes/dispatch.ts'
import { sweepTurn } from '../../lib/lanes/open-work.ts'
import { tickQueue } from '../../lib/lanes/tick-queue.ts'
import { decodeTick } from '../../lib/formats/tick-codec.ts'
import type { QueueMessage } from '../../lib/ports/queue.ts'
import { flagSource } from '../support/flag-readings.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { HandClock } from '../support/hand-clock.ts'
import { anExecution } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const registry = JSON.stringify([{ label: 'paper' }, { label: 'alpha' }, { label: 'beta', enabled: false }])
const multi = { TRADING_MULTI_ACCOUNT_ENABLED: 'true', TRADING_ACCOUNTS_JSON: registry }
const feature = 'features/torghut_trading_multi_account_enabled'
const stores = memoryStores(new HandClock('2026-02-11T15:00:00Z'))
const unsettled = anExecution({ state: 'unknown', createdAt: instant('2026-02-11T14:55:00Z') })
/** Labels of accounts whose turns to be swept are all that there are. */
const EVERY_TURN = [
  ...new Map(
    Array.from({ length: 200 }, (_, index) => `lane-${index}`).map((label) => [
      sweepTurn(accountLabel(label)) % 13,
      label,
    ]),
  ).values(),
]
let domains = 0

/**
 * Labels of accounts with open work; one that begins with `!` has open work that cannot be read, one that begins with
 * `~` an order that is unsettled since 14:55.
 */
async function dispatch(
  overlay: Record<string, string>,
  openWork: readonly string[] = [],
  at = '15:01:59',
  window?: TradingWindow,
  day = '2026-02-11',
) {
  const values = { TRADING_KILL_SWITCH_ENABLED: 'false', ...overlay }
  const flags = flagSource(new HandClock(`${day}T${at}Z`), () => values)
  const sent: QueueMessage[] = []
  const ages: number[] = []
  const telemetry = new CountingTelemetry()
  domains += 1
  const summary = await dispatchTick(instant(`${day}T${at}Z`), {
    environment: {},
    flags: {
      ...flags,
      read: (maxAgeMs) => {
        ages.push(maxAgeMs)
        return flags.read(maxAgeMs)
      },
    },
    features: openFeatureServices(`dispatch-${domains}`, new ParameterProvider(flags, 60_000)),
    roster: stores.roster,
    catalog: { currentHash: async () => asCatalogHash('c'.repeat(64)) },
    executions: {
      listOpen: async (label) => {
        if (openWork.includes(`!${label}`)) throw new StateError('stored state is corrupted')
        if (openWork.includes(`~${label}`)) return [unsettled]
        return openWork.includes(label) ? ([{}] as Execution[]) : []
      },
    },
    unmatched: {
      listParked: async (label) => (openWork.includes(`?${label}`) ? ([{}] as UnmatchedOrder[]) : []),
    },
    queue: tickQueue({
      send: async (messages) => {
        sent.push(...messages)
        return { failed: [] }
      },
    }),
    telemetry,
    ...(window === undefined ? {} : { window }),
  })
  return { summary, sent, telemetry, ages }
}

describe('dispatch', () => {
  it('sends one message a lane, stamped with the schedule floored to the minute', async () => {
    const { sent } = await dispatch({})
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ groupId: 'paper', deduplicationId: '2026-02-11T15:01:00Z#cycle#paper' })
    const message = decodeTick(sent[0]?.body ?? '')
    expect(formatInstant(message.tickAt)).toBe('2026-02-11T15:01:00Z')
    expect(message).toMatchObject({ kind: 'cycle', killSwitchOn: false, account: { label: 'paper' } })
  })

  it('reconciles what is unsettled for more than five minutes with every tick, whatever its lane knows of it', async () => {
    const idAt = async (at: string) => (await dispatch({}, ['~paper'], at)).sent[0]?.deduplicationId
    expect(await idAt('14:59:59')).toBe('2026-02-11T14:55:00Z#reconcile#paper')
    expect(await idAt('15:01:59')).toBe('2026-02-11T15:01:00Z#reconcile#paper')
    expect(await idAt('15:02:59')).toBe('2026-02-11T15:02:00Z#reconcile#paper')
  })

  it('reads the flags anew for each tick', async () => {
    expect((await dispatch({})).ages).toEqual([0])
  })

  it('is single-account until the variable and the feature flag are both on', async () => {
    const registered = { TRADING_ACCOUNTS_JSON: registry, [feature]: 'true' }
    expect((await dispatch(registered)).summary.cycles).toEqual(['paper'])
    expect((await dispatch(multi)).summary.cycles).toEqual(['paper'])
    expect((await dispatch({ ...multi, [feature]: 'false' })).summary.cycles).toEqual(['paper'])
    expect((await dispatch({ ...multi, [feature]: 'true' })).summary.cycles).toEqual(['paper', 'alpha'])
  })

  it('admits the listed entities only, and never a disabled account', async () => {
    const { summary } = await dispatch({ ...multi, [feature]: 'torghut:beta, torghut:gamma' })
    expect(summary.cycles).toEqual(['paper'])
    expect(summary.held.map(({ account, reason }) => [account.label, reason])).toEqual([
      ['alpha', 'feature_off'],
      ['beta', 'account_disabled'],
    ])
  })

  it('admits nobody new when the feature flag cannot be understood', async () => {
    const { summary } = await dispatch({ ...multi, [feature]: 'yes please' })
    expect(summary.cycles).toEqual(['paper'])
    expect(summary.held[0]?.reason).toBe('feature_unreadable')
  })

  it('reconciles a held lane only while it has open work', async () => {
    expect((await dispatch(multi, ['beta'])).summary.reconciles).toEqual(['beta'])
    expect((await dispatch(multi, [])).summary.reconciles).toEqual([])
  })

  it('reconciles a held lane with every tick, as nothing else comes to it', async () => {
    for (const at of ['15:01:00', '15:02:00']) {
      const { sent } = await dispatch(multi, ['beta'], at)
      expect(sent.map(({ deduplicationId }) => deduplicationId)).toContain(`2026-02-11T${at}Z#reconcile#beta`)
    }
  })

  it('tells a lane whether its account is admitted', async () => {
    const { sent } = await dispatch(multi, ['paper', 'beta'])
    const told = sent.map(({ body }) => decodeTick(body))
    expect(told.map(({ kind, account, admitted }) => [kind, account.label, admitted])).toEqual([
      ['reconcile', 'paper', true],
      ['reconcile', 'beta', false],
      ['cycle', 'paper', true],
    ])
  })

  it('reconciles a held lane that has nothing but parked orders, and an admitted one at its next sweep', async () => {
    expect((await dispatch(multi, ['?beta', '?paper'])).summary.reconciles).toEqual(['beta'])
  })

  it.each([
    [1, 65],
    [5, 65],
    // its ticks pass over some of the slots of five minutes
    [7, 133],
    [15, 195],
    [60, 780],
  ])(
    'on a schedule of every %i minutes an admitted lane without open work is reconciled once in %i, whatever its turn',
    async (beat, within) => {
      const accounts = JSON.stringify(['paper', ...EVERY_TURN].map((label) => ({ label })))
      const overlay = { ...multi, TRADING_ACCOUNTS_JSON: accounts, [feature]: 'true' }
      const reconciled = new Map<string, number[]>(EVERY_TURN.map((label) => [label, [0]]))
      const end = 3 * within
      for (let minute = beat; minute <= end; minute += beat) {
        const [day = '', at = ''] = new Date(Date.UTC(2026, 1, 11, 15, minute)).toISOString().split(/[T.]/)
        const { summary } = await dispatch(overlay, [], at, undefined, day)
        for (const label of summary.reconciles) reconciled.get(label)?.push(minute)
      }
      for (const minutes of reconciled.values()) {
        const gaps = [...minutes, end].map((minute, index, all) => minute - (all[index - 1] ?? 0))
        expect(Math.max(...gaps)).toBeLessThanOrEqual(within)
        // each turn is five minutes long and comes every 65
        expect(minutes.length).toBeLessThanOrEqual(1 + Math.ceil(5 / beat) * Math.ceil((end + 65) / 65))
      }
    },
  )

  it('ticks the other lanes when the open work of one account cannot be read', async () => {
    const { summary, telemetry } = await dispatch(multi, ['!beta'])
    expect(summary).toMatchObject({ cycles: ['paper'], reconciles: ['beta'], failed: [] })
    expect(telemetry.total('dispatch_unreadable_total')).toBe(1)
  })

  it.each([
    ['cron(3/5 ...)', [3, 8, 13, 18, 23, 28, 33, 38, 43, 48, 53, 58]],
    ['cron(2/15 ...)', [2, 17, 32, 47]],
    ['rate(7 minutes)', [1, 8, 15, 22, 29, 36, 43, 50, 57]],
    ['rate(1 minute)', Array.from({ length: 60 }, (_, minute) => minute)],
  ])('reconciles an admitted lane with open work once in five minutes on %s', async (_, minutes) => {
    const taken = new Map<string, number>()
    for (const minute of minutes) {
      const { sent } = await dispatch({}, ['paper'], `15:${String(minute).padStart(2, '0')}:00`)
      for (const { deduplicationId } of sent.filter(({ body }) => decodeTick(body).kind === 'reconcile')) {
        // as the queue does, which takes an id once in five minutes
        if (minute - (taken.get(deduplicationId) ?? -Infinity) >= 5) taken.set(deduplicationId, minute)
      }
    }
    const gaps = [...taken.values()].map((minute, index, all) => minute - (all[index - 1] ?? minute))
    const pause = (minutes[1] ?? 0) - (minutes[0] ?? 0)
    expect(taken.size).toBe(Math.min(minutes.length, 12))
    expect(Math.max(...gaps)).toBe(Math.max(5, pause))
  })

  it('reconciles an admitted lane with open work before its cycle', async () => {
    const { sent } = await dispatch({}, ['paper'], '15:05:00')
    expect(sent.map(({ deduplicationId }) => deduplicationId)).toEqual([
      '2026-02-11T15:05:00Z#reconcile#paper',
      '2026-02-11T15:05:00Z#cycle#paper',
    ])
  })

  it('tells each lane of its own kill switch', async () => {
    const overlay = { ...multi, [feature]: 'true', 'accounts/alpha/TRADING_KILL_SWITCH_ENABLED': 'true' }
    const { sent } = await dispatch(overlay)
    expect(sent.map(({ body }) => decodeTick(body).killSwitchOn)).toEqual([false, true])
  })

  it.each([
    ['a syntax error', '[{'],
    ['a label twice', '[{"label":"a"},{"label":"a"}]'],
    ['an unknown field', '[{"label":"a","colour":"red"}]'],
    ['a paper lane with a live URL', '[{"label":"a","base_url":"https://api.alpaca.markets"}]'],
  ])('dispatches nothing for a registry with %s', async (_name, TRADING_ACCOUNTS_JSON) => {
    const attempt = dispatch({ ...multi, TRADING_ACCOUNTS_JSON })
    await expect(attempt).rejects.toMatchObject({ name: 'ConfigurationError' })
  })
})

describe('outside the trading window', () => {
  const closed: TradingWindow = () => false

  it('no lane gets a cycle, and a lane without open work nothing at all', async () => {
    const { summary, sent } = await dispatch({}, [], '15:05:00', closed)
    expect(summary).toMatchObject({ cycles: [], reconciles: [], signalsDue: false })
    expect(sent).toEqual([])
  })

  it('open work is reconciled once in five minutes, as ever', async () => {
    for (const at of ['15:05:00', '15:06:00']) {
      const { sent } = await dispatch({}, ['paper'], at, closed)
      expect(sent.map(({ deduplicationId }) => deduplicationId)).toEqual([
        '2026-02-11T15:05:00Z#reconcile#paper',
      ])
    }
  })

  it('open work is cancelled at the next tick after the kill switch went on', async () => {
    const { summary, sent } = await dispatch(
      { TRADING_KILL_SWITCH_ENABLED: 'true' },
      ['paper'],
      '15:06:00',
      closed,
    )
    expect(summary.reconciles).toEqual(['paper'])
    expect(sent[0]?.deduplicationId).toBe('2026-02-11T15:06:00Z#reconcile#paper')
    expect(decodeTick(sent[0]?.body ?? '')).toMatchObject({ kind: 'reconcile', killSwitchOn: true })
  })

  it('is outside in the time zone of the exchange', async () => {
    const newYork = tradingWindow('cron(* 9-16 ? * MON-FRI *)', 'America/New_York')
    expect((await dispatch({}, [], '13:59:00', newYork)).summary.cycles).toEqual([])
    expect((await dispatch({}, [], '14:00:00', newYork)).summary.cycles).toEqual(['paper'])
  })
})

describe('signals are due', () => {
  it('while the exchange is open and lanes run', async () => {
    expect((await dispatch({}, [], '14:29:00')).summary.signalsDue).toBe(false)
    expect((await dispatch({}, [], '14:30:00')).summary.signalsDue).toBe(true)
    expect((await dispatch({}, [], '21:00:00')).summary.signalsDue).toBe(false)
    expect((await dispatch({ TRADING_CALENDAR: 'always' }, [], '21:00:00')).summary.signalsDue).toBe(true)
  })
})
