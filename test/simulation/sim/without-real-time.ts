/**
 * Limits of real time, which the adapters set for their requests, have no part in a run: simulated requests end by virtual
 * time alone. Real ones would fire long after their run, thousands at a time.
 */

const endless = new AbortController().signal

/** From now on a limit of real time never passes. */
export function withoutRealTime(): void {
  AbortSignal.timeout = () => endless
}
