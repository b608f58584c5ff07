/**
 * Whether the stored rows of several accounts keep apart (docs/architecture.md#accounts-apart): every row names the
 * account that it stands under, and what it is linked to stands there too. Pure but for reading the rows.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountRow, AccountRows, RowKind } from '../ports/account-rows.ts'

export interface Crossing {
  readonly account: AccountLabel
  readonly kind: RowKind | 'credential'
  /** Of the row, within the account; of a credential its account. */
  readonly key: string
  readonly problem: string
}

export interface AuditedAccount {
  readonly account: AccountLabel
  readonly rows: Readonly<Partial<Record<RowKind, number>>>
}

export interface RowAudit {
  readonly accounts: readonly AuditedAccount[]
  readonly crossings: readonly Crossing[]
}

/** What of an account other rows are linked to. */
interface Held {
  readonly decisions: Set<string>
  /** By client order id: the broker's order id, if known. */
  readonly executions: Map<string, string | null>
  readonly orders: Set<string>
  /** Client order ids that an order pointer leads to, and decisions that an execution has. */
  readonly taken: Set<string>
}

/** Reads every row of the accounts twice: what there is, then what it is linked to. */
export async function auditRows(accounts: readonly AccountLabel[], store: AccountRows): Promise<RowAudit> {
  const held = new Map<AccountLabel, Held>()
  const audited: AuditedAccount[] = []
  const crossings: Crossing[] = []
  for (const account of accounts) {
    const own: Held = {
      decisions: new Set(),
      executions: new Map(),
      orders: new Set(),
      taken: new Set(),
    }
    const counts: Partial<Record<RowKind, number>> = {}
    for await (const row of store.rows(account)) {
      counts[row.kind] = (counts[row.kind] ?? 0) + 1
      crossings.push(...problemsOf(account, row, own))
      hold(row, own)
    }
    held.set(account, own)
    audited.push({ account, rows: counts })
  }
  for (const account of accounts) {
    const others = [...held].filter(([other]) => other !== account)
    const own = held.get(account)
    if (own === undefined) continue
    for await (const row of store.rows(account)) {
      const problem = linkProblem(row, own, others)
      if (problem !== null) crossings.push({ account, kind: row.kind, key: row.key, problem })
    }
  }
  return { accounts: audited, crossings }
}

/** What is wrong with a row by itself, and with its being there a second time. */
function problemsOf(account: AccountLabel, row: AccountRow, own: Held): Crossing[] {
  const { kind, key, named, indexed, fault, clientOrderId, decisionId } = row
  const found: string[] = []
  if (kind !== 'cycle' && named === null) found.push('the row names no account')
  if (named !== null && named !== account) found.push(`the row names account ${named}`)
  if (indexed !== null && indexed !== account) found.push(`it is open work of account ${indexed}`)
  if (fault !== null && found.length === 0) found.push(`it cannot be read: ${fault}`)
  if (kind === 'executions' && decisionId !== null && own.taken.has(decisionId)) {
    found.push(`another execution has its decision ${decisionId}`)
  }
  if (kind === 'alpaca_order' && clientOrderId !== null && own.taken.has(clientOrderId)) {
    found.push(`another order has its execution ${clientOrderId}`)
  }
  return found.map((problem) => ({ account, kind, key, problem }))
}

function hold({ kind, decisionId, clientOrderId, alpacaOrderId }: AccountRow, own: Held): void {
  if (kind === 'trade_decisions' && decisionId !== null) own.decisions.add(decisionId)
  if (kind === 'executions' && clientOrderId !== null) {
    own.executions.set(clientOrderId, alpacaOrderId)
    if (decisionId !== null) own.taken.add(decisionId)
  }
  if (kind === 'alpaca_order' && alpacaOrderId !== null && clientOrderId !== null) {
    own.orders.add(alpacaOrderId)
    own.taken.add(clientOrderId)
  }
}

function linkProblem(
  { kind, decisionId, clientOrderId, alpacaOrderId }: AccountRow,
  own: Held,
  others: readonly (readonly [AccountLabel, Held])[],
): string | null {
  const elsewhere = (has: (other: Held) => boolean): string =>
    others.find(([, other]) => has(other))?.[0] ?? 'no account'
  if (kind === 'executions' && decisionId !== null && !own.decisions.has(decisionId)) {
    return `its decision belongs to ${elsewhere(({ decisions }) => decisions.has(decisionId))}`
  }
  if (kind === 'alpaca_order' && clientOrderId !== null && alpacaOrderId !== null) {
    const order = own.executions.get(clientOrderId)
    if (order === undefined) {
      return `its execution belongs to ${elsewhere(({ executions }) => executions.has(clientOrderId))}`
    }
    if (order !== null && order !== alpacaOrderId) return `its execution has another order, ${order}`
  }
  if (kind === 'execution_order_events' || kind === 'unmatched_orders') {
    const isKnown = (held: Held): boolean =>
      (clientOrderId !== null && held.executions.has(clientOrderId)) ||
      (alpacaOrderId !== null && held.orders.has(alpacaOrderId))
    const owner = isKnown(own) ? null : elsewhere(isKnown)
    // an update of an order that nobody knows waits for it
    if (owner !== null && owner !== 'no account') return `its order belongs to ${owner}`
  }
  return null
}
