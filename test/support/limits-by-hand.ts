/**
 * Limits of requests to brokers that no clock runs: they pass when somebody has fallen silent. What is answered is waited for,
 * and what is not is given up after it has arrived, however busy the machine is.
 */
import { afterEach, beforeEach, vi } from 'vitest'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import type { FaultPlan, RouteName } from '../../lib/exchange/faults.ts'

/** What every request has unless a test says otherwise (lib/adapters/alpaca/connection.ts); nothing else waits for so long. */
const LIMIT_MS = 8000

/** For the tests of the suite that calls this. What it gives lets the limits of all requests pass that are under way. */
export function limitsByHand(): () => void {
  const underWay: (() => void)[] = []
  const timer = globalThis.setTimeout
  beforeEach(() => {
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((work, milliseconds, ...given) => {
      if (milliseconds !== LIMIT_MS) return timer(work, milliseconds, ...given)
      underWay.push(work)
      // for whoever clears it
      return timer(() => {}, 0)
    })
  })
  afterEach(() => {
    underWay.length = 0
    vi.restoreAllMocks()
  })
  return () => {
    for (const passed of underWay.splice(0)) passed()
  }
}

/** Lets them pass as soon as the exchange has taken a request that it never answers. */
export function passInSilence(faults: FaultPlan, pass: () => void): void {
  const ask = faults.pass.bind(faults)
  faults.pass = <Answer>(route: RouteName, account: AccountLabel | null, perform: () => Answer) => {
    const outcome = ask(route, account, perform)
    if (outcome.kind === 'never') setImmediate(pass)
    return outcome
  }
}
