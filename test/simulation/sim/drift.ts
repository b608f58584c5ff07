/** Two passes of `reconcile` over all accounts, once nothing happens any more: the second finds nothing to change. */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { RawValues } from '../../../lib/domain/settings.ts'
import { asEpochMs, floorToMinute } from '../../../lib/domain/time.ts'
import { encodeTick } from '../../../lib/formats/tick-codec.ts'
import type { Checker } from './checker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { Kernel } from './kernel.ts'
import { CATALOG } from './market-reader.ts'

export interface DriftWorld {
  readonly kernel: Kernel
  readonly cloud: Cloud
  readonly lane: FunctionSpec
  readonly checker: Checker
  readonly accounts: readonly string[]
  readonly settings: RawValues
}

const PASS_MS = 40_000

export async function reconcileTwice(world: DriftWorld): Promise<void> {
  const { kernel, cloud, lane, checker, accounts, settings } = world
  for (const pass of [1, 2]) {
    checker.isReconciled = pass === 2
    for (const label of accounts) {
      const target = { mode: 'paper' as const, baseUrl: 'http://127.0.0.1:1' }
      const body = encodeTick({
        kind: 'reconcile',
        tickAt: floorToMinute(asEpochMs(kernel.now)),
        account: { label: accountLabel(label), enabled: true, target, strategies: null },
        settings: settings as Readonly<Record<string, string>>,
        killSwitchOn: false,
        admitted: true,
        catalogHash: CATALOG.hash,
      })
      lane.queue.send(label, `drift ${pass} ${label}`, body, kernel.now)
    }
    cloud.pump(lane)
    await kernel.runUntil(kernel.now + PASS_MS)
  }
}
