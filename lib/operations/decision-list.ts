/** What was decided for each signal of an account and why, from what is stored: for `torghut decisions`. */
import type { AccountLabel } from '../domain/account-label.ts'
import { compare } from '../domain/compare.ts'
import type { Decision } from '../domain/decision.ts'
import type { Execution } from '../domain/execution.ts'
import type { CatalogHash } from '../domain/ids.ts'
import type { Plan } from '../domain/plan.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import { type ValueOf, decimalText, instantText, integer, list, nullable, text } from '../formats/codec.ts'
import { record } from '../formats/codec-records.ts'
import type { SignalLog } from '../ports/signal-log.ts'
import type { StateStores } from '../ports/state-stores.ts'

const summary = record({
  decisionId: text(),
  side: text(),
  quantity: decimalText,
  price: nullable(decimalText),
  /** Null: at the market. */
  limitPrice: nullable(decimalText),
  /** By our own checks, before the order was sent or right before it. */
  denied: nullable(text()),
  /** What the denial compared: `1,020 > 1,000`; null where it compared nothing. */
  figures: nullable(text()),
  strategies: list(text()),
  reasons: list(text()),
  confidence: decimalText,
  targetNotional: decimalText,
  order: nullable(
    record({
      clientOrderId: text(),
      state: text(),
      filledQuantity: decimalText,
      averageFillPrice: nullable(decimalText),
      /** The broker's own words, of an order that it refused. */
      rejection: nullable(text()),
    }),
  ),
})

/** A row as `--json` prints it. */
export const decisionRow = record({
  account: text(),
  position: integer,
  /** Null: retention has removed the signal. */
  eventTs: nullable(instantText),
  symbol: text(),
  /** What became of the signal: `decided:1`, `no_intent`, `strategy_error:0`, `normalization_error:...`. */
  outcome: text(),
  /** Strategies that could not decide, when nothing was decided. */
  failed: list(text()),
  decision: nullable(summary),
})

export type DecisionSummary = ValueOf<typeof summary>
export type DecisionRow = ValueOf<typeof decisionRow>

/**
 * One row per decision, and one per signal without any, in the order of the log; those of cycles whose tick was at
 * or after `since` only, if given.
 */
export async function listDecisions(
  stores: Pick<StateStores, 'executions' | 'signals' | 'lanes' | 'catalog'>,
  account: AccountLabel,
  source: string,
  since: EpochMs | null = null,
): Promise<DecisionRow[]> {
  const executions = new Map<string, Execution>()
  for await (const execution of stores.executions.listExecutions(account)) {
    executions.set(execution.decisionId, execution)
  }
  const plans: Plan[] = []
  const failed = new Map<number, readonly string[]>()
  const catalog = keptCatalog(stores.catalog)
  for await (const { inputs, plan } of stores.lanes.listCycles(account, source)) {
    if (since !== null && inputs.tickAt < since) continue
    plans.push(plan)
    for (const { position, code } of plan.outcomes) {
      if (code.startsWith(FAILED)) failed.set(position, await namesOf(code, inputs.catalogHash, catalog))
    }
  }
  const first = plans.find(({ outcomes }) => outcomes.length > 0)?.outcomes[0]?.position
  const signals = first === undefined ? NO_SIGNALS : await readSignalsFrom(stores.signals, source, first)
  const rows: DecisionRow[] = []
  for (const plan of plans) {
    for (const { position, code } of plan.outcomes) {
      const signal = signals.get(position)?.signal
      const base = {
        account,
        position,
        eventTs: signal?.eventTs ?? null,
        symbol: signal?.symbol ?? '',
        outcome: code,
        failed: failed.get(position) ?? [],
      }
      const decisions = plan.decisions.filter((decision) => decision.position === position)
      if (decisions.length === 0) rows.push({ ...base, decision: null })
      for (const decision of decisions) {
        const decided = summarize(decision, executions.get(decision.decisionId))
        rows.push(Object.assign({}, base, { decision: decided }))
      }
    }
  }
  return rows
}

export function isDenied({ decision }: DecisionRow): boolean {
  return decision !== null && decision.denied !== null
}

function summarize(decision: Decision, execution: Execution | undefined): DecisionSummary {
  const { outcome, sourceStrategyIds: strategies, explain: reasons } = decision
  const sent = execution !== undefined && execution.state !== 'denied'
  return {
    ...decision,
    denied: outcome.kind === 'denied' ? outcome.reason : (execution?.deniedReason ?? null),
    figures: outcome.kind === 'denied' ? outcome.figures : null,
    strategies,
    reasons,
    order: sent ? execution : null,
  }
}

type Catalog = Pick<StateStores['catalog'], 'readRevision'>

const FAILED = 'strategy_error:'

/** Revisions are immutable: each is read once. */
function keptCatalog(catalog: Catalog): Catalog {
  const kept = new Map<CatalogHash, ReturnType<Catalog['readRevision']>>()
  return {
    readRevision(hash) {
      const revision = kept.get(hash) ?? catalog.readRevision(hash)
      kept.set(hash, revision)
      return revision
    },
  }
}

/** The ids behind the places that an outcome names; `#3` for one whose catalog is gone. */
async function namesOf(code: string, hash: CatalogHash, catalog: Catalog): Promise<readonly string[]> {
  const ids = ((await catalog.readRevision(hash))?.strategies ?? []).map(({ id }) => id).sort(compare)
  return code
    .slice(FAILED.length)
    .split(',')
    .map((place) => ids[Number(place)] ?? `#${place}`)
}

const PAGE = 1000
const NO_SIGNALS: ReadonlyMap<number, LoggedSignal> = new Map()

/** By position. */
async function readSignalsFrom(
  log: SignalLog,
  source: string,
  position: number,
): Promise<ReadonlyMap<number, LoggedSignal>> {
  const all = new Map<number, LoggedSignal>()
  let cursor = position - 1
  for (;;) {
    const { signals } = await log.readAfter(source, cursor, PAGE, asEpochMs(0))
    for (const signal of signals) all.set(signal.position, signal)
    const last = signals.at(-1)
    if (last === undefined) return all
    cursor = last.position
  }
}
