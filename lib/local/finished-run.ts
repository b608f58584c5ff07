/** What came of a run whose schedule is at its end: a report for each account that traded, and the digest. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { PaperExchange } from '../exchange/paper-exchange.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { runDigest } from './run-digest.ts'
import type { RunInputs } from './run-inputs.ts'
import type { FailureJournal } from './failure-journal.ts'
import type { CycleTally } from './cycle-tally.ts'
import { priceHistories } from '../replay/figures/price-history.ts'
import { readSignalsFrom } from '../signals/read-signals-from.ts'
import type { ReportedRun } from './report-inputs.ts'
import { figuresOf, pricesOf, tradesOf } from './run-figures.ts'
import { type AccountOutcome, accountReport, readAccountRecords } from './run-report.ts'

type Tallies = ReadonlyMap<AccountLabel, CycleTally>
export type ReportWriter = (run: ReportedRun) => Promise<void>

export interface FinishedRun {
  readonly kind: 'finished'
  readonly accounts: readonly AccountOutcome[]
  /** Accounts that were never admitted. */
  readonly idle: readonly AccountLabel[]
  readonly digest: string
}

/**
 * @param tallies what the cycles of each account came to, where they are not kept; then nobody can have a report
 * @param report gets what a report is made from, while the stores are open
 */
export async function finishedRun(
  inputs: RunInputs,
  stores: StateStores,
  exchange: PaperExchange,
  failures: FailureJournal,
  { report, tallies }: { readonly report: ReportWriter | null; readonly tallies?: Tallies },
): Promise<FinishedRun> {
  const { accounts, source, schedule, registry } = inputs
  const records = await Promise.all(
    accounts.map((label) => {
      const { equity } = exchange.statement(label)
      return readAccountRecords(stores, label, source, equity, tallies?.get(label))
    }),
  )
  const traded = records.filter((one) => one !== null)
  const prices = priceHistories(pricesOf(schedule))
  const outcomes = traded.map((one): AccountOutcome => {
    const account = accountReport(one, failures.failuresOf(one.lane.accountLabel))
    const trades = tradesOf(exchange, account.label, one)
    return { report: account, trades, figures: figuresOf(account.equityHistory, trades, prices) }
  })
  const digest = runDigest(traded)
  if (report !== null) {
    await report({
      source,
      digest,
      registry,
      prices: pricesOf(schedule),
      accounts: outcomes.flatMap((outcome, index) => {
        const own = traded[index]
        return own === undefined ? [] : [{ outcome, records: own }]
      }),
      signals: await readSignalsFrom(stores.signals, source, 1),
      stores,
    })
  }
  return {
    kind: 'finished',
    accounts: outcomes,
    idle: accounts.filter((_label, index) => records[index] === null),
    digest,
  }
}
