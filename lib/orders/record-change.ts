/**
 * Writing an execution's next state (docs/architecture.md#submitting): every change is conditional on the
 * revision that was
 * read, and is worked out anew from what is stored when somebody else was faster.
 *
 * Invariants: the pointer is put before a settled state is written; a settled state is never replaced by an
 * unsettled one; what only a claim's holder may write is written only while the stored claim is still its own.
 */
import { StateError } from '../domain/errors.ts'
import { isUnsettled, type Claim, type Execution } from '../domain/execution.ts'
import type { EpochMs } from '../domain/time.ts'
import type { BrokerOrder } from '../ports/broker.ts'
import type { ExecutionStore } from '../ports/execution-store.ts'
import { withBrokerOrder } from './execution.ts'
import type { OrderDeps, OrderResult } from './order-deps.ts'

/** Conflicts in a row after which something is wrong with the store, not with the timing. */
const MAX_CONFLICTS = 20

/** What a holder changes; revision and update time are set here. */
type HolderChange = Partial<Omit<Execution, 'revision' | 'updatedAt' | 'clientOrderId' | 'accountLabel'>>

/** Applies `change` to what is stored until it holds or changes nothing; returns what is stored then. */
export async function recordChange(
  executions: ExecutionStore,
  read: Execution,
  change: (current: Execution) => Execution,
): Promise<Execution> {
  let current = read
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const next = change(current)
    if (next === current) return current
    const outcome = await executions.updateExecution(next)
    if (outcome.kind === 'updated') return next
    if (outcome.current === null) break
    current = outcome.current
  }
  throw new StateError(
    `execution ${read.clientOrderId} cannot be updated: it vanished or never stops changing`,
  )
}

/** As recordChange, but only while the execution is unsettled and its claim is still `claim`. */
export function recordAsHolder(
  executions: ExecutionStore,
  read: Execution,
  claim: Claim,
  now: EpochMs,
  change: HolderChange,
): Promise<Execution> {
  return recordChange(executions, read, (current) =>
    isUnsettled(current.state) && current.claim?.token === claim.token
      ? { ...current, ...change, revision: current.revision + 1, updatedAt: now }
      : current,
  )
}

/** Takes over what the broker says of the order, unless it is another order than ours. */
export async function adoptOrder(
  deps: Pick<OrderDeps, 'executions' | 'clock'>,
  execution: Execution,
  order: BrokerOrder,
  extra: Pick<Execution, 'permission'> | null = null,
): Promise<OrderResult> {
  const detail = differences(execution, order)
  if (detail !== null) return { kind: 'mismatch', execution, detail }
  await deps.executions.putPointer(execution.accountLabel, order.alpacaOrderId, execution.clientOrderId)
  const now = deps.clock.now()
  const stored = await recordChange(deps.executions, execution, (current) => {
    const adopted = withBrokerOrder(current, order, now)
    return adopted === current || extra === null ? adopted : { ...adopted, ...extra }
  })
  return asResult(stored)
}

export function asResult(execution: Execution): OrderResult {
  return { kind: isUnsettled(execution.state) ? 'unsettled' : 'settled', execution }
}

function differences(execution: Execution, order: BrokerOrder): string | null {
  const different = (['clientOrderId', 'symbol', 'side', 'quantity', 'timeInForce'] as const).filter(
    (field) => execution[field] !== order[field],
  )
  if (different.length === 0) return null
  return different.map((field) => `${field}: ours ${execution[field]}, broker's ${order[field]}`).join('; ')
}
