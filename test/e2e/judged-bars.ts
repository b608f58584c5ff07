/** What `backtest` makes of bars, by its own code in this process: its signals, and the decisions on them. */
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { backtestRun } from '../../lib/local/backtest-run.ts'
import { marketOfBars } from '../../lib/local/market-data.ts'
import { checkInputs } from '../../lib/local/run-inputs.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { silentTelemetry } from '../support/telemetry.ts'

export interface Judged {
  readonly signals: readonly Signal[]
  readonly decisions: readonly Decision[]
}

/** Of one account, at any hour. @param strategies the file's text */
export async function judgedBars(bars: readonly Bar[], strategies: string): Promise<Judged> {
  const inputs = await checkInputs({
    market: marketOfBars({ name: 'the bars', hash: '', bars }),
    range: { from: null, to: null },
    strategies: parseStrategies(strategies, 'the strategies'),
    pluginModule: null,
    accounts: { text: '[{"label":"paper"}]', name: 'the account' },
    environment: { TRADING_CALENDAR: 'always' },
    flags: {},
  })
  const decisions: Decision[] = []
  const result = await backtestRun({
    inputs,
    cash: decimal('1000000'),
    costs: { feeBasisPoints: decimal(0), feePerShare: decimal(0), slippageBasisPoints: decimal(0) },
    stop: { aborted: false },
    onProgress: () => undefined,
    onKillSwitch: () => undefined,
    telemetry: silentTelemetry,
    codeVersion: 'e2e',
    report: async ({ accounts }) => {
      for (const { records } of accounts) decisions.push(...records.decisions)
    },
  })
  if (result.kind !== 'finished') throw new Error('the backtest did not come to its end')
  return { signals: [...inputs.schedule.steps].flatMap(({ signals }) => signals), decisions }
}
