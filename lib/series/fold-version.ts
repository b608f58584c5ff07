/** What a stored fold was made by; one of another version is made again from the log (docs/market-data.md). Pure. */
import type { Indicator } from '../domain/indicator.ts'
import { INDICATORS_VERSION } from '../market/indicator-fold.ts'

/** @param codeVersion of the deployment: any change may be one of the user's indicators, if there are any */
export function foldVersion(own: readonly Indicator[], codeVersion: string): string {
  return own.length === 0 ? `${INDICATORS_VERSION}` : `${INDICATORS_VERSION} ${codeVersion}`
}
