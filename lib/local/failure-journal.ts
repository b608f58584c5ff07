/**
 * What strategies of a run failed at, kept beside its state, so that a run that was interrupted or is told again says the
 * same.
 *
 * Invariant: a cycle that is planned again counts nothing twice.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { StrategyErrorReason } from '../domain/intent.ts'
import { decodeJson, instantText, integer, nullable, text, type ValueOf } from '../formats/codec.ts'
import { record } from '../formats/codec-records.ts'
import type { StrategyFailureSink } from '../lanes/strategy-failures.ts'
import type { OpenAppendLog } from '../ports/append-log.ts'
import { StrategyFailures, type StrategyFailure } from '../strategy/failures.ts'

const entry = record({
  account: text(),
  position: integer,
  eventTs: instantText,
  symbol: text(),
  strategyId: text(),
  reason: text<StrategyErrorReason>(),
  detail: text(),
  place: nullable(text()),
})
type Entry = ValueOf<typeof entry>

export interface FailureJournal {
  readonly write: StrategyFailureSink
  failuresOf(account: AccountLabel): readonly StrategyFailure[]
  close(): void
}

/** What one process alone remembers. */
export const forgetfulLog: OpenAppendLog = () => ({ append: () => undefined, close: () => undefined })

/** @throws StateError for a log that is no such journal */
export function openFailureJournal(openLog: OpenAppendLog): FailureJournal {
  const seen = new Set<string>()
  const byAccount = new Map<string, StrategyFailures>()
  const isNew = (one: Entry): boolean => {
    const key = JSON.stringify([one.account, one.strategyId, one.position])
    if (seen.has(key)) return false
    seen.add(key)
    const failures = byAccount.get(one.account) ?? new StrategyFailures()
    byAccount.set(one.account, failures)
    failures.add(one, one)
    return true
  }
  const log = openLog((line) => void isNew(decodeLine(line)))
  return {
    write(account, failed) {
      for (const { error, logged } of failed) {
        const { eventTs, symbol } = logged.signal
        const one = { ...error, account, position: logged.position, eventTs, symbol }
        if (isNew(one)) log.append(JSON.stringify(entry.encode(one)))
      }
    },
    failuresOf: (account) => byAccount.get(account)?.toList() ?? [],
    close: () => log.close(),
  }
}

function decodeLine(line: string): Entry {
  const decoded = decodeJson(entry, line)
  if (decoded.kind === 'value') return decoded.value
  throw new Error('not an entry of this journal')
}
