/** The options by which `torghut exchange` is given a market; what makes it is loaded with the verb (`exchange-market.ts`). */
import type { Command } from 'commander'
import { integer, oneOf } from '../flags/kinds.ts'
import { takesBars } from './bars-options.ts'
import { optionOf, parseTime } from './verb.ts'

/** The bars that the exchange's data endpoints and streams show. */
export function takesMarket(exchange: Command): void {
  const [clock, plan] = [oneOf('real', 'shifted'), oneOf('free', 'plus')]
  takesBars(exchange, 'show these bars over REST and streams as they close, and fill orders at their prices')
    .option(
      '--market-clock <clock>',
      `${clock.allowed}: bars at their own times, or moved so that the first begins now; default: real`,
      optionOf(clock),
    )
    .option('--market-from <time>', 'the bar that is the first with a shifted clock', parseTime)
    .option(
      '--market-delay <ms>',
      'how long after its end a bar is to be had; default: 0',
      optionOf(integer(0, 3_600_000)),
    )
    .option(
      '--market-plan <plan>',
      `${plan.allowed}: IEX and 200 requests a minute, or SIP too and 10,000; default: free`,
      optionOf(plan),
    )
}
