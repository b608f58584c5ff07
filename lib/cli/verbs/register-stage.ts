/** The verbs that work on a deployed stage. */
import { ALL_FUNCTION_NAMES, QUEUE_NAMES } from '../../domain/deployment-parts.ts'
import { label, oneOf } from '../../flags/kinds.ts'
import { takesBarsReading } from '../bars-options.ts'
import {
  addVerb,
  needsStage,
  optionOf,
  parseSince,
  takesStage,
  verbGroup,
  type VerbRegistrar,
} from '../verb.ts'

export const registerStrategiesCatalog: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'strategies', 'configured strategies')
  const apply = addVerb(group, 'apply <file>', {
    description: "make a strategies file part of a stage's catalog, as a new immutable revision",
    examples: [
      'torghut strategies apply strategies.yaml --stage dev',
      'torghut strategies apply strategies.yaml --sync --dry-run --stage prod',
      'torghut strategies apply strategies.yaml --sync --confirm paper --stage prod',
    ],
  })
    .option('--merge', 'add and replace by id, keep the others (the default)')
    .option('--sync', 'make the catalog equal to the file: others are removed')
    .option('--dry-run', 'show what would change')
    .option('--confirm <label>', 'the account label, typed in advance: wanted when running strategies go')
  const list = addVerb(group, 'list', {
    description: 'list the strategies that a stage runs',
    examples: ['torghut strategies list --stage dev'],
  })
  run(needsStage(apply), async () => (await import('./strategies-catalog.ts')).applyStrategies)
  run(needsStage(list), async () => (await import('./strategies-catalog.ts')).listStrategies)
}

export const registerSignalsPush: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'signals', 'the signals that lanes read')
  const push = addVerb(group, 'push <file>', {
    description: 'send a file of signals to the signal queue of a stage',
    examples: [
      'torghut signals push signals.jsonl --stage dev',
      'torghut signals push bars.csv --bars --now --stage dev',
    ],
  })
    .option('--now', "shift the file's times so that it ends now")
    .option('--bars', 'the file (or folder) holds bars: make a signal of each bar')
  run(needsStage(takesBarsReading(push)), async () => (await import('./signals-push.ts')).pushSignals)
}

export const registerTick: VerbRegistrar = (program, run) => {
  const tick = addVerb(program, 'tick', {
    description: 'run the dispatcher of a stage now; a second tick in the same minute changes nothing',
    examples: ['torghut tick --stage dev'],
  })
  run(needsStage(tick), async () => (await import('./tick.ts')).runTick)
}

export const registerLogs: VerbRegistrar = (program, run) => {
  const functions = oneOf(...ALL_FUNCTION_NAMES)
  const logs = addVerb(program, 'logs', {
    description: "show a stage's log records, oldest first",
    examples: [
      'torghut logs --stage dev --since 15m',
      'torghut logs --function lane --account paper --follow',
    ],
  })
    .option(
      '--function <name>',
      `one of ${functions.allowed}; default: all but digest and market-data`,
      optionOf(functions),
    )
    .option('--since <time>', 'how long ago, or an instant; default 10m', parseSince)
    .option('--account <label>', 'records about this account only', optionOf(label))
    .option('--follow', 'go on until interrupted')
    .option('--all', "also metrics and the platform's own lines")
  run(needsStage(logs), async () => (await import('./logs.ts')).showLogs)
}

export const registerDlq: VerbRegistrar = (program, run) => {
  const queues = oneOf(...QUEUE_NAMES)
  const group = verbGroup(program, 'dlq', 'dead letters: messages that killed their function again and again')
  const list = addVerb(group, 'list', {
    description: 'count the dead letters and show the first of each queue (up to ten)',
    examples: ['torghut dlq list --stage dev', 'torghut dlq list --queue signals --stage dev --json'],
  })
  const redrive = addVerb(group, 'redrive', {
    description: 'move dead letters back to their queues, in order; after the cause is mended',
    examples: ['torghut dlq redrive --queue lane --stage dev'],
  })
  const show = addVerb(group, 'show <ids...>', {
    description: 'show dead letters whole; ids as `dlq list` has them',
    examples: [
      'torghut dlq show 5f0c3f3e-... --stage dev',
      'torghut dlq show 5f0c3f3e-... --queue lane --json',
    ],
  })
  const drop = addVerb(group, 'drop [ids...]', {
    description: 'delete dead letters for good; wants the label typed, or --confirm',
    examples: [
      'torghut dlq drop 5f0c3f3e-... --stage dev --confirm paper',
      'torghut dlq drop --all --queue lane --stage dev --confirm paper',
    ],
  })
    .option('--all', 'all that are there')
    .option('--confirm <label>', 'the account label, typed in advance')
  for (const verb of [list, redrive, show, drop]) {
    needsStage(verb).option('--queue <name>', `one of ${queues.allowed}; default: all`, optionOf(queues))
  }
  run(list, async () => (await import('./dlq.ts')).listDeadLetters)
  run(redrive, async () => (await import('./dlq.ts')).redriveAll)
  run(show, async () => (await import('./dlq.ts')).showDeadLetters)
  run(drop, async () => (await import('./dlq.ts')).dropLetters)
}

export const registerDeployCheck: VerbRegistrar = (program, run) => {
  const check = addVerb(program, 'deploy-check', {
    description:
      'before a deploy: whether this folder decides as the stage has decided; exit code 1 when it does not, unexplained',
    examples: [
      'torghut deploy-check --stage prod',
      'torghut deploy-check --stage prod --since 30d',
      "torghut deploy-check --stage prod --explained-by 'orders are smaller since #12'",
    ],
  })
    .option('--account <label>', 'cycles of this account only')
    .option('--since <time>', 'cycles since then: how long ago, or an instant; default: 7d', parseSince)
    .option('--explained-by <note>', 'why it decides otherwise; kept in deploy-checks.jsonl')
    .option('--plugins <module>', 'plugins of your own instead of those in plugins/')
  run(needsStage(check), async () => (await import('./deploy-check.ts')).deployCheck)
}

export const registerReport: VerbRegistrar = (program, run) => {
  const report = addVerb(program, 'report', {
    description:
      'the report of a stage’s sealed cycles, or of the run in .torghut/: one HTML file, works offline',
    examples: [
      'torghut report --stage prod --out prod.html',
      'torghut report --stage prod --since 7d --account paper --out week.html',
    ],
  })
    .requiredOption('--out <file>', 'where to write it')
    .option('--account <label>', 'of this account only')
    .option(
      '--since <time>',
      'of a stage, cycles since then: how long ago, or an instant; default: 30d',
      parseSince,
    )
    .option('--plugins <module>', 'plugins of your own; the default is what `dev`, or the stage, runs')
  run(takesStage(report), async () => (await import('./report.ts')).runReport)
}

export const registerStatus: VerbRegistrar = (program, run) => {
  const status = addVerb(program, 'status', {
    description: 'lanes with their lag, circuits and orders, queues, and the kill switch of a stage',
    examples: ['torghut status --stage dev', 'torghut status --stage dev --json | jq .lanes'],
  })
  run(needsStage(status), async () => (await import('./status.ts')).showStatus)
}

export const registerDoctor: VerbRegistrar = (program, run) => {
  const doctor = addVerb(program, 'doctor', {
    description: 'check a stage from credentials to lanes; exit code 1 when something fails',
    examples: [
      'torghut doctor --stage dev',
      'torghut doctor --stage prod --json',
      'torghut doctor --order-test --account paper --stage dev',
    ],
  })
    .option(
      '--order-test',
      'instead: send one order far off the market to the real broker, look at it, cancel it',
    )
    .option('--account <label>', 'whose broker the order test asks')
    .option('--symbol <symbol>', 'what the order test buys: a share, BTC/USD or ETH/USD; default SPY')
    .option(
      '--confirm <label>',
      'the account label, typed in advance: wanted for the order test of a live account',
    )
  run(needsStage(doctor), async () => (await import('./doctor.ts')).examine)
}

export const registerLane: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'lane', "one account's lane")
  const show = addVerb(group, 'show <label>', {
    description: 'a lane, and each of its open orders beside what the broker holds under the same id',
    examples: ['torghut lane show paper --stage dev', 'torghut lane show paper --stage dev --json'],
  })
  const resume = addVerb(group, 'resume <label>', {
    description: 'let a halted lane go on; wants the label typed, or --confirm',
    examples: [
      'torghut lane resume paper --stage dev --confirm paper',
      'torghut lane resume paper --disown --stage dev --confirm paper',
    ],
  })
    .option('--disown', 'give up the orders that are not ours although the broker can still fill them')
    .option('--confirm <label>', 'the account label, typed in advance')
  run(needsStage(show), async () => (await import('./lane.ts')).showLane)
  const lost = addVerb(group, 'lost <label>', {
    description:
      'orders of ours that the broker holds and the state does not know, as after a restore of the tables',
    examples: ['torghut lane lost paper --since 2026-02-10T15:00:00Z --stage dev'],
  }).requiredOption('--since <time>', 'orders that were sent after: how long ago, or an instant', parseSince)
  run(needsStage(resume), async () => (await import('./lane-resume.ts')).resumeNamedLane)
  run(needsStage(lost), async () => (await import('./lane-lost.ts')).listLostOrders)
}
