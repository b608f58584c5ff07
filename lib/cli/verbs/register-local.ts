/** The verbs that work on this machine and its files. */
import { Option, type Command } from 'commander'
import { decimal, type Decimal } from '../../domain/decimal.ts'
import { SETTING_DEFINITIONS } from '../../flags/definitions.ts'
import { flagDescription } from '../../flags/descriptions.ts'
import { integer, label, nonNegativeDecimal, positiveDecimal, type FlagKind } from '../../flags/kinds.ts'
import { takesBars } from '../bars-options.ts'
import { takesMarket } from '../exchange-market-options.ts'
import { addVerb, again, optionOf, parseSince, takesStage, verbGroup, type VerbRegistrar } from '../verb.ts'

const PLUGINS_OF_RUN = 'plugins of your own; the default is those of the run, or of the stage'

/** What `dev` and `backtest` run on. */
function takesRunOptions(command: Command): Command {
  return takesBars(command, 'bars instead of the packaged daily prices of the S&P 500 and Apple')
    .option('--signals <file>', 'signals with indicators of your own instead of bars')
    .option('--strategies <file>', 'instead of examples/strategies.yaml')
    .option('--plugins <module>', 'plugins of your own; the default is examples/plugins.mjs')
    .option('--accounts <file>', 'instead of TRADING_ACCOUNTS_JSON, or examples/accounts.json')
    .option('--from <date>', 'first trading date (YYYY-MM-DD)')
    .option('--to <date>', 'last trading date (YYYY-MM-DD)')
}

export const registerDev: VerbRegistrar = (program, run) => {
  const dev = addVerb(program, 'dev', {
    description: 'run everything on this machine: real prices, a paper exchange, state in .torghut/',
    examples: [
      'torghut dev',
      'torghut dev --from 2008-01-01 --to 2008-12-31 --fresh',
      'torghut dev --bars my-bars.csv --strategies my-strategies.yaml --plugins ./my-plugins.mjs --fresh',
    ],
  })
  takesRunOptions(dev).option('--fresh', 'forget the run in .torghut/ and begin a new one; flags are kept')
  run(dev, async () => (await import('./dev.ts')).runDev)
}

/** With a default that the help can print, which a bigint is not. */
function amountOption(
  flags: string,
  description: string,
  kind: FlagKind<Decimal>,
  byDefault: string,
): Option {
  return new Option(flags, description).argParser(optionOf(kind)).default(decimal(byDefault), byDefault)
}

/** In hundredths of a percent: nobody pays to sell. */
const WHOLE_PRICE = decimal('10000')

export const registerBacktest: VerbRegistrar = (program, run) => {
  const backtest = addVerb(program, 'backtest', {
    description: 'judge strategies by the code that trades, in memory, with figures and costs; keeps nothing',
    examples: [
      'torghut backtest --from 2007-01-01 --to 2010-12-31',
      'torghut backtest --bars bars.csv --strategies strategies.yaml --fee-bps 2 --slippage-bps 5',
      'torghut backtest --from 2007-01-01 --report out.html',
      'torghut backtest --bars prices/ --symbol @file --strategies s.yaml --trades trades.csv --equity equity.csv',
    ],
  })
  const amount = nonNegativeDecimal()
  takesRunOptions(backtest)
    .addOption(
      amountOption('--cash <dollars>', 'what every account starts with', positiveDecimal(), '100000'),
    )
    .addOption(amountOption('--fee-bps <n>', 'fee in hundredths of a percent of what is dealt', amount, '0'))
    .addOption(amountOption('--fee-per-share <dollars>', 'fee per share or coin', amount, '0'))
    .addOption(
      amountOption(
        '--slippage-bps <n>',
        'hundredths of a percent by which fills are worse than the price',
        nonNegativeDecimal(WHOLE_PRICE),
        '0',
      ),
    )
    .option('--trades <file>', 'write every trade to this CSV file')
    .option('--equity <file>', 'write the equity at every cycle to this CSV file')
    .option('--report <file>', 'write a report with charts, trades and reasons: one HTML file, works offline')
  run(backtest, async () => {
    const { watchedVerb } = await import('../engine/watched-verb.ts')
    return watchedVerb('backtest', async () => (await import('./backtest.ts')).runBacktest)
  })
}

export const registerExchange: VerbRegistrar = (program, run) => {
  const exchange = addVerb(program, 'exchange', {
    description: 'run the paper exchange by itself on this machine, for any Alpaca client, until Ctrl-C',
    examples: [
      'torghut exchange --price AAPL=190 --always-open',
      'torghut exchange --account alpha:100000 --account beta:5000 --prices prices.txt --port 8080',
      "torghut exchange --price AAPL=190 --fault 'POST /v2/orders=500_after_accept'",
      'torghut exchange --bars minutes.csv.gz --market-clock shifted --always-open',
    ],
  })
    .option(
      '--account <label:cash>',
      'an account and its dollars, again for each; default: paper:100000',
      again,
    )
    .option('--price <symbol=price>', 'what a symbol costs, again for each; others are unknown', again)
    .option('--prices <file>', 'prices of a file, one SYMBOL=PRICE a line')
    .option('--fault <route=kind>', 'what goes wrong with the next request of a route, again for each', again)
    .option(
      '--port <number>',
      'where to listen on 127.0.0.1; default: a free port',
      optionOf(integer(0, 65_535)),
    )
    .option('--always-open', 'no market hours: every order fills at once')
  takesMarket(exchange)
  run(exchange, async () => (await import('./exchange.ts')).runExchange)
}

export const registerDecisions: VerbRegistrar = (program, run) => {
  const decisions = addVerb(program, 'decisions', {
    description: 'what was decided for each signal and why: of the run in .torghut/, or of a stage',
    examples: [
      'torghut decisions --account balanced --symbol AAPL',
      'torghut decisions --denied',
      'torghut decisions --orders --limit 20',
      'torghut decisions --stage dev --since 2h --account paper',
      'torghut decisions --json | jq -s "map(select(.decision))"',
    ],
  })
    .option('--account <label>', 'of this account only')
    .option('--symbol <symbol>', 'about this symbol only')
    .option('--denied', 'only what our own checks refused')
    .option('--orders', 'only what was sent as an order')
    .option(
      '--limit <n>',
      'of each account the newest n, 0 for all; default: 1000 in the table, all in JSON',
      optionOf(integer(0, 999_999_999)),
    )
    .option(
      '--since <time>',
      'of cycles since then: how long ago, or an instant; default: all, of a stage 1d',
      parseSince,
    )
  run(takesStage(decisions), async () => (await import('./decisions.ts')).showDecisions)
}

export const registerExplain: VerbRegistrar = (program, run) => {
  const explain = addVerb(program, 'explain <decision>', {
    description: 'why a decision came out as it did: features, intents, merging, size, checks, order',
    examples: [
      'torghut explain 3f9a1c2e',
      'torghut explain tg-3f9a1c2e --stage prod',
      'torghut explain 3f9a1c2e --json | jq .planned.checks',
    ],
  })
    .option('--account <label>', 'look among the decisions of this account only')
    .option('--plugins <module>', PLUGINS_OF_RUN)
  run(takesStage(explain), async () => (await import('./explain.ts')).explainDecision)
}

export const registerRerun: VerbRegistrar = (program, run) => {
  const rerun = addVerb(program, 'rerun', {
    description: 'plan every sealed cycle again and compare; exit code 1 when one differs',
    examples: [
      'torghut rerun',
      'torghut rerun --stage prod --since 7d',
      'torghut rerun --strategies other-strategies.yaml --plugins other-plugins.mjs',
      'torghut rerun --json | jq \'select(.result != "same")\'',
    ],
  })
    .option('--account <label>', 'cycles of this account only')
    .option(
      '--since <time>',
      'of a stage, cycles since then: how long ago, or an instant; default: 7d',
      parseSince,
    )
    .option('--strategies <file>', 'what would have been decided with these strategies instead')
    .option('--plugins <module>', 'what would have been decided with these plugins instead')
  run(takesStage(rerun), async () => (await import('./rerun.ts')).runRerun)
}

export const registerReplayRun: VerbRegistrar = (program, run) => {
  const { circuitErrors, circuitCooldownSeconds, runtimeMode } = SETTING_DEFINITIONS
  const group = verbGroup(program, 'replay', 'the strategies over recorded data')
  const verb = addVerb(group, 'run', {
    description: 'run the strategies over recorded signals or bars, without orders and without fallback',
    examples: [
      'torghut replay run --bars bars.csv --strategies strategies.yaml',
      'torghut replay run --signals signals.jsonl --strategies strategies.yaml --plugins ./my-plugins.mjs --json',
    ],
  })
  takesBars(verb, 'bars to make signals of')
    .option('--signals <file>', 'signals: JSON lines')
    .requiredOption('--strategies <file>', 'strategies: a YAML or JSON list')
    .option('--plugins <module>', 'a module with plugins of your own')
    .addOption(
      new Option(
        '--check-purity [seed]',
        'ask each signal twice, and now and then of modules loaded anew; exit 1 names who answers otherwise',
      )
        .preset('1')
        .argParser(optionOf(integer(0, 999_999_999))),
    )
    .option('--account <label>', "only this account's strategies (TRADING_ACCOUNTS_JSON)", optionOf(label))
    .option(
      '--mode <mode>',
      `${runtimeMode.kind.allowed}; legacy: the legacy rule for every strategy`,
      optionOf(runtimeMode.kind),
      'plugin_v3',
    )
    .option(
      '--circuit-errors <n>',
      flagDescription(circuitErrors.name),
      optionOf(circuitErrors.kind),
      Number(circuitErrors.default),
    )
    .option(
      '--circuit-cooldown-seconds <n>',
      flagDescription(circuitCooldownSeconds.name),
      optionOf(circuitCooldownSeconds.kind),
      Number(circuitCooldownSeconds.default),
    )
  run(verb, async () => {
    const { signals, bars } = verb.opts<{ readonly signals?: string; readonly bars?: readonly string[] }>()
    if ((signals === undefined) === (bars === undefined)) {
      verb.error('error: give either --signals FILE or --bars FILE')
    }
    const { watchedVerb } = await import('../engine/watched-verb.ts')
    return watchedVerb('replay run', async () => (await import('./replay-run.ts')).replayRun)
  })
}

export const registerOrderFeedInspect: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'order-feed', 'trade updates from the broker')
  const inspect = addVerb(group, 'inspect <file>', {
    description: 'show the event, or the drop reason, of each recorded message (JSON lines)',
    examples: ['torghut order-feed inspect messages.jsonl --json'],
  })
  run(inspect, async () => (await import('./order-feed-inspect.ts')).inspectFeed)
}

export const registerStrategiesValidate: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'strategies', 'configured strategies')
  const validate = addVerb(group, 'validate <file>', {
    description: 'check a strategies file; exit code 1 when a plugin or version is unknown',
    examples: [
      'torghut strategies validate strategies.yaml',
      'torghut strategies validate strategies.yaml --plugins ./my-plugins.mjs --json',
      'torghut strategies validate strategies.yaml --bars bars.csv',
    ],
  }).option('--plugins <module>', 'a module with plugins of your own')
  takesBars(validate, 'say which strategies would not be asked about these bars')
  run(validate, async () => (await import('./strategies-validate.ts')).validateStrategies)
}
