/**
 * Is a stage fit to trade? Facts are gathered one by one, so that one that cannot be had never hides the others,
 * and each becomes one finding: ok, warn or fail, with what to do.
 */
import { ConfigurationError, StateError, TorghutError, UnavailableError } from '../domain/errors.ts'

export type Level = 'ok' | 'warn' | 'fail'

export interface Finding {
  readonly check: string
  readonly level: Level
  readonly message: string
  /** What to do; null when there is nothing to do. */
  readonly advice: string | null
}

export interface Check {
  readonly name: string
  readonly run: () => Promise<readonly Omit<Finding, 'check'>[]>
}

export function ok(message: string): Omit<Finding, 'check'> {
  return { level: 'ok', message, advice: null }
}

export function warn(message: string, advice: string): Omit<Finding, 'check'> {
  return { level: 'warn', message, advice }
}

export function fail(message: string, advice: string): Omit<Finding, 'check'> {
  return { level: 'fail', message, advice }
}

/**
 * Runs the checks in order. A fault is a failed check of its own; when the first one finds nobody to ask, the
 * others are not tried, since each would only wait as long.
 * @throws UnavailableError when the first check cannot be made
 */
export async function runChecks(
  checks: readonly Check[],
  report: (finding: Finding) => Promise<void>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const faults = new Set<string>()
  for (const [index, { name, run }] of checks.entries()) {
    const found = await run().catch((error: unknown) => {
      if (index === 0 && error instanceof UnavailableError) throw error
      const fault = faultFinding(error)
      // what one cause breaks in many places is said once
      const isKnown = faults.has(fault.message)
      faults.add(fault.message)
      return isKnown ? [] : [fault]
    })
    for (const finding of found) {
      findings.push({ check: name, ...finding })
      await report({ check: name, ...finding })
    }
  }
  return findings
}

/** A fault as a finding of one line; what nobody foresaw is thrown on. */
function faultFinding(error: unknown): Omit<Finding, 'check'> {
  if (!(error instanceof TorghutError)) throw error
  const advice = error.advice ?? adviceFor(error)
  return fail(error.message.replace(/:\n\s*/, ': ').replaceAll(/\n\s*/g, '; '), advice)
}

function adviceFor(error: TorghutError): string {
  if (error instanceof StateError) return 'Deploy the version that wrote this state, or migrate the state.'
  if (error instanceof ConfigurationError) return 'Correct what is named above.'
  return 'Try again; see whether the service is reachable and these credentials may use it.'
}
