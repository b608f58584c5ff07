/** What came of a run whose schedule is at its end: a report for each account that traded, and the digest. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { PaperExchange } from '../exchange/paper-exchange.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { runDigest } from './run-digest.ts'
import type { RunInputs } from './run-inputs.ts'
import type { RunFigures } from '../replay/figures/run-figures.ts'
import type { Trade } from '../replay/figures/trade-figures.ts'
import type { FailureJournal } from './failure-journal.ts'
import { priceHistories } from '../replay/figures/price-history.ts'
import { figuresOf, pricesOf, tradesOf } from './run-figures.ts'
import { type AccountReport, accountReport, readAccountRecords } from './run-report.ts'

/** One account's run. */
export interface AccountOutcome {
  readonly report: AccountReport
  readonly trades: readonly Trade[]
  readonly figures: RunFigures
}

export interface FinishedRun {
  readonly kind: 'finished'
  readonly accounts: readonly AccountOutcome[]
  /** Accounts that were never admitted. */
  readonly idle: readonly AccountLabel[]
  readonly digest: string
}

export async function finishedRun(
  { accounts, source, schedule }: RunInputs,
  stores: StateStores,
  exchange: PaperExchange,
  failures: FailureJournal,
): Promise<FinishedRun> {
  const records = await Promise.all(
    accounts.map((label) => readAccountRecords(stores, label, source, exchange.statement(label).equity)),
  )
  const traded = records.filter((one) => one !== null)
  const prices = priceHistories(pricesOf(schedule))
  return {
    kind: 'finished',
    accounts: traded.map((one): AccountOutcome => {
      const report = accountReport(one, failures.failuresOf(one.lane.accountLabel))
      const trades = tradesOf(exchange, report.label, one)
      return { report, trades, figures: figuresOf(report.equityHistory, trades, prices) }
    }),
    idle: accounts.filter((_label, index) => records[index] === null),
    digest: runDigest(traded),
  }
}
