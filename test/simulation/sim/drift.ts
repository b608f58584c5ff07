/**
 * Two passes of `reconcile` over all accounts, once nothing happens any more: the second finds nothing to change. What time alone
 * brings, an order that is held to be nobody's (seed 12520) or is looked up once more (seed 18420), gets its time before them.
 */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { CatalogHash } from '../../../lib/domain/ids.ts'
import type { RawValues } from '../../../lib/domain/settings.ts'
import { asEpochMs, floorToMinute } from '../../../lib/domain/time.ts'
import { encodeTick } from '../../../lib/formats/tick-codec.ts'
import { SWEEP_OVERLAP_SECONDS } from '../../../lib/orders/sweep.ts'
import { RECHECK_AFTER_SECONDS } from '../../../lib/orders/visit-executions.ts'
import type { Checker } from './checker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { Kernel } from './kernel.ts'

export interface DriftWorld {
  readonly kernel: Kernel
  readonly cloud: Cloud
  readonly lane: FunctionSpec
  readonly checker: Checker
  readonly accounts: readonly string[]
  readonly settings: RawValues
  readonly catalogHash: CatalogHash
}

const MINUTE = 60_000
const PASS_MS = 40_000
/** When an order that is not in the broker's list is held to be nobody's, and some seconds for clocks that differ. */
const NOBODYS_AFTER_MS = (SWEEP_OVERLAP_SECONDS + 10) * 1000
/** When one that was not at the broker is looked up once more. */
const RECHECKED_AFTER_MS = (RECHECK_AFTER_SECONDS + 10) * 1000
/** Of a crowd's open orders, of which one pass looks at a part: these all at once, and some later. */
const CROWD_PASSES = [6, 3]

/**
 * Many passes, as ticks that have waited are delivered: all open orders are looked at, within the account's budget of
 * requests, although each pass has fewer than there are orders.
 */
export async function reconcileCrowd(world: DriftWorld): Promise<void> {
  const { kernel, cloud, lane, checker, accounts } = world
  const begun = kernel.now
  let pass = 0
  for (const passes of CROWD_PASSES) {
    for (const until = pass + passes; pass < until; pass += 1) {
      for (const label of accounts)
        lane.queue.send(label, `crowd ${pass} ${label}`, tickFor(label, world), kernel.now)
    }
    cloud.pump(lane)
    await kernel.runUntil(kernel.now + MINUTE + PASS_MS)
  }
  checker.lookedAtAll(begun)
}

export async function reconcileTwice(world: DriftWorld): Promise<void> {
  const { kernel, cloud, lane, checker, accounts } = world
  const settledAt = Math.max(0, ...accounts.map((account) => settledByTimeAt(account, checker, kernel.now)))
  if (settledAt > kernel.now) await kernel.runUntil(settledAt)
  for (const pass of [1, 2]) {
    checker.isReconciled = pass === 2
    for (const label of accounts) {
      const body = tickFor(label, world)
      lane.queue.send(label, `drift ${pass} ${label}`, body, kernel.now)
    }
    cloud.pump(lane)
    await kernel.runUntil(kernel.now + PASS_MS)
  }
}

/** When nothing of the account waits any more for time to pass. */
function settledByTimeAt(account: string, { view }: Checker, now: number): number {
  const nobodys = [...view.parked(account, now).values()].map((noticedAt) => noticedAt + NOBODYS_AFTER_MS)
  const absent = view
    .executions(account)
    .filter(({ state, recheckedAt }) => state === 'absent' && recheckedAt === null)
  return Math.max(0, ...nobodys, ...absent.map(({ updatedAt }) => updatedAt + RECHECKED_AFTER_MS))
}

function tickFor(label: string, { kernel, settings, catalogHash }: DriftWorld): string {
  const target = { mode: 'paper' as const, baseUrl: 'http://127.0.0.1:1' }
  return encodeTick({
    kind: 'reconcile',
    tickAt: floorToMinute(asEpochMs(kernel.now)),
    account: { label: accountLabel(label), enabled: true, target, strategies: null },
    settings: settings as Readonly<Record<string, string>>,
    killSwitchOn: false,
    admitted: true,
    upTo: null,
    catalogHash,
  })
}
