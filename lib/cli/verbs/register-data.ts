/** The verbs that get bars and look at them. */
import { InvalidArgumentError } from 'commander'
import { oneOf, symbols } from '../../flags/kinds.ts'
import type { Timeframe } from '../../market/timeframe.ts'
import { servedTimeframe } from '../../series/wanted-series.ts'
import { takesBarsReading } from '../bars-options.ts'
import { addVerb, optionOf, verbGroup, type VerbRegistrar } from '../verb.ts'

const DATA = 'bars: getting them, and what they lack'

export const registerDataDownload: VerbRegistrar = (program, run) => {
  const feed = oneOf('iex', 'sip')
  const download = addVerb(verbGroup(program, 'data', DATA), 'download', {
    description:
      'Alpaca’s bars into a compressed bars file, as they were dealt; the same command again goes on where it ended',
    examples: [
      'torghut data download --symbols AAPL,MSFT --timeframe 1Min --from 2024-01-02 --to 2024-06-28 --out minutes.csv.gz',
      'torghut data download --symbols BTC/USD --timeframe 1Hour --from 2023-01-01 --to 2023-12-31 --out coins.csv.gz',
    ],
  })
    .requiredOption('--symbols <list>', 'AAPL,MSFT or BTC/USD', optionOf(symbols))
    .requiredOption(
      '--timeframe <name>',
      '1Min to 59Min, 1Hour to 23Hour, 1Day, 1Week, 1Month',
      parseTimeframe,
    )
    .requiredOption('--from <date>', 'first date (YYYY-MM-DD)')
    .requiredOption('--to <date>', 'last date (YYYY-MM-DD)')
    .option(
      '--feed <feed>',
      `${feed.allowed}: whose trades the bars of shares are of; default: iex`,
      optionOf(feed),
    )
    .requiredOption('--out <file>', 'a name that is free, such as minutes.csv.gz')
  run(download, async () => (await import('./data-download.ts')).downloadData)
}

function parseTimeframe(text: string): Timeframe {
  const timeframe = servedTimeframe(text)
  if (timeframe !== null) return timeframe
  throw new InvalidArgumentError('Allowed: 1Min to 59Min, 1Hour to 23Hour, 1Day, 1Week, 1Month.')
}

export const registerDataGaps: VerbRegistrar = (program, run) => {
  const gaps = addVerb(verbGroup(program, 'data', DATA), 'gaps <file>', {
    description:
      'what a bars file lacks by the exchange’s calendar: bars, sessions, ends of symbols; exit code 1 if anything',
    examples: ['torghut data gaps minutes.csv.gz', "torghut data gaps minutes.csv.gz --json | jq '.gaps[]'"],
  })
  takesBarsReading(gaps)
  run(gaps, async () => (await import('./data-gaps.ts')).dataGaps)
}
