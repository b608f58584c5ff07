/** The verbs that get bars and look at them. */
import { takesBarsReading } from '../bars-options.ts'
import { addVerb, verbGroup, type VerbRegistrar } from '../verb.ts'

const DATA = 'bars: getting them, and what they lack'

export const registerDataGaps: VerbRegistrar = (program, run) => {
  const gaps = addVerb(verbGroup(program, 'data', DATA), 'gaps <file>', {
    description:
      'what a bars file lacks by the exchange’s calendar: bars, sessions, ends of symbols; exit code 1 if anything',
    examples: ['torghut data gaps minutes.csv.gz', "torghut data gaps minutes.csv.gz --json | jq '.gaps[]'"],
  })
  takesBarsReading(gaps)
  run(gaps, async () => (await import('./data-gaps.ts')).dataGaps)
}
