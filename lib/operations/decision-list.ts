/** What was decided for each signal of an account and why, from what is stored: for `torghut decisions`. */
import type { AccountLabel } from '../domain/account-label.ts'
import { collect } from '../domain/collect.ts'
import { compare } from '../domain/compare.ts'
import type { Decision } from '../domain/decision.ts'
import type { Execution } from '../domain/execution.ts'
import type { StateError } from '../domain/errors.ts'
import type { CatalogHash } from '../domain/ids.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { CycleRecord, SignalOutcome } from '../domain/plan.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import type { SignalLog } from '../ports/signal-log.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { type DecisionRow, summarize } from './decision-row.ts'

export interface DecisionQuery {
  readonly account: AccountLabel
  readonly source: string
  /** Of cycles whose tick was then or later; null: of all. */
  readonly since: EpochMs | null
  /** So many at most, the newest; null: all. */
  readonly limit: number | null
  readonly isWanted: (row: DecisionRow) => boolean
  /** Told of each cycle that cannot be read, such as one of a newer version of the code; the others are listed. */
  readonly unreadable: (why: StateError) => void
}

export interface DecisionPage {
  /** In the order of the log. */
  readonly rows: readonly DecisionRow[]
  /** Rows that were looked at, wanted or not. */
  readonly seen: number
}

type ListStores = Pick<StateStores, 'executions' | 'signals' | 'lanes' | 'catalog'>

/**
 * One row per decision, and one per signal without any, page by page: all in the order of the log, or with a limit one page of
 * the newest that are wanted, for which nothing older is read.
 */
export async function* listDecisions(stores: ListStores, query: DecisionQuery): AsyncGenerator<DecisionPage> {
  const { limit, isWanted } = query
  const rowsOf = rowMaker(stores, query, limit === null)
  if (limit === null) {
    for await (const cycles of cyclePages(stores.lanes, query)) {
      const rows = await rowsOf(cycles)
      yield { rows: rows.filter(isWanted), seen: rows.length }
    }
    return
  }
  let newest: readonly DecisionRow[] = []
  let seen = 0
  for await (const cycles of cyclePages(stores.lanes, query)) {
    const rows = await rowsOf(cycles)
    seen += rows.length
    newest = [...rows.filter(isWanted), ...newest].slice(-limit)
    if (newest.length === limit) break
  }
  yield { rows: newest, seen }
}

/** Cycles with about a page of outcomes together, each page in the order of the log. */
async function* cyclePages(
  lanes: ListStores['lanes'],
  { account, source, since, limit, unreadable }: DecisionQuery,
): AsyncGenerator<readonly CycleRecord[]> {
  let page: CycleRecord[] = []
  let outcomes = 0
  const newestFirst = limit !== null
  const inOrder = () => (newestFirst ? page.toReversed() : page)
  for await (const record of lanes.listCycles(account, source, newestFirst, unreadable)) {
    const isOld = since !== null && record.inputs.tickAt < since
    if (isOld && newestFirst) break
    if (isOld) continue
    page.push(record)
    outcomes += record.plan.outcomes.length
    if (outcomes < PAGE) continue
    yield inOrder()
    page = []
    outcomes = 0
  }
  if (page.length > 0) yield inOrder()
}

/** @param all whether every row will be asked for, so that all executions are read at once */
function rowMaker(
  stores: ListStores,
  { account, source }: DecisionQuery,
  all: boolean,
): (cycles: readonly CycleRecord[]) => Promise<readonly DecisionRow[]> {
  const catalog = keptCatalog(stores.catalog)
  let kept: Promise<ReadonlyMap<string, Execution>> | null = null
  return async (cycles) => {
    const decided = cycles.flatMap(({ plan }) => plan.decisions)
    const executions = all
      ? await (kept ??= allExecutions(stores.executions, account))
      : await executionsOf(stores.executions, account, decided)
    const outcomes = cycles.flatMap(({ plan }) => plan.outcomes)
    const signals = await readSignals(stores.signals, source, outcomes)
    const rows: DecisionRow[] = []
    for (const { inputs, plan } of cycles) {
      const ofPositions = byPosition(plan.decisions)
      for (const { position, code } of plan.outcomes) {
        const signal = signals.get(position)?.signal
        const base = {
          account,
          position,
          eventTs: signal?.eventTs ?? null,
          symbol: signal?.symbol ?? '',
          outcome: code,
          failed: code.startsWith(FAILED) ? await namesOf(code, inputs.catalogHash, catalog) : NOBODY,
        }
        const decisions = ofPositions.get(position) ?? NONE
        if (decisions.length === 0) rows.push({ ...base, decision: null })
        for (const decision of decisions) {
          const summarized = summarize(decision, executions.get(decision.decisionId))
          rows.push(Object.assign({}, base, { decision: summarized }))
        }
      }
    }
    return rows
  }
}

function byPosition(decisions: readonly Decision[]): ReadonlyMap<number, readonly Decision[]> {
  const found = new Map<number, Decision[]>()
  for (const decision of decisions) {
    const own = found.get(decision.position)
    if (own === undefined) found.set(decision.position, [decision])
    else own.push(decision)
  }
  return found
}

async function allExecutions(
  store: ListStores['executions'],
  account: AccountLabel,
): Promise<ReadonlyMap<string, Execution>> {
  const executions = await collect(store.listExecutions(account))
  return new Map(executions.map((execution) => [execution.decisionId, execution]))
}

async function executionsOf(
  store: ListStores['executions'],
  account: AccountLabel,
  decisions: readonly Decision[],
): Promise<ReadonlyMap<string, Execution>> {
  const accepted = decisions.filter(({ outcome }) => outcome.kind === 'accepted')
  const read = await inParallel(accepted, READS_AT_ONCE, ({ clientOrderId }) =>
    store.readExecution(account, clientOrderId),
  )
  return new Map(
    read.flatMap((execution) => (execution === null ? [] : [[execution.decisionId, execution] as const])),
  )
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
const READS_AT_ONCE = 16
const NOBODY: readonly string[] = []
const NONE: readonly Decision[] = []
const NO_SIGNALS: ReadonlyMap<number, LoggedSignal> = new Map()

/** Those of the outcomes, by position. */
async function readSignals(
  log: SignalLog,
  source: string,
  outcomes: readonly SignalOutcome[],
): Promise<ReadonlyMap<number, LoggedSignal>> {
  const [first, last] = [outcomes[0]?.position, outcomes.at(-1)?.position]
  if (first === undefined || last === undefined) return NO_SIGNALS
  const all = new Map<number, LoggedSignal>()
  let cursor = first - 1
  while (cursor < last) {
    const { signals } = await log.readAfter(source, cursor, Math.min(PAGE, last - cursor), asEpochMs(0))
    for (const signal of signals) all.set(signal.position, signal)
    const reached = signals.at(-1)?.position
    if (reached === undefined) break
    cursor = reached
  }
  return all
}
