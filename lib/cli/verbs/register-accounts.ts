/** The verbs of the accounts of a deployed stage. */
import { integer, label, oneOf } from '../../flags/kinds.ts'
import { addVerb, needsStage, optionOf, takesStage, verbGroup, type VerbRegistrar } from '../verb.ts'

export const registerAccounts: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'accounts', 'the accounts of a stage and their broker credentials')
  const list = addVerb(group, 'list', {
    description:
      'list the accounts of the registry, whether they get cycles and whether they have credentials',
    examples: ['torghut accounts list --stage dev'],
  })
  const validate = addVerb(group, 'validate <file>', {
    description: 'check a file of accounts, against the settings of a stage where one is named',
    examples: [
      'torghut accounts validate accounts.json',
      'torghut accounts validate accounts.json --stage dev',
    ],
  })
  const apply = addVerb(group, 'apply <file>', {
    description:
      "make a file of accounts part of a stage's registry; beyond 8 KB it moves into the state table",
    examples: [
      'torghut accounts apply accounts.json --stage dev',
      'torghut accounts apply accounts.json --sync --dry-run --stage prod',
    ],
  })
    .option('--merge', 'add and replace by label, keep the others (the default)')
    .option('--sync', 'make the registry equal to the file: others are removed')
    .option(
      '--to <place>',
      `parameter or roster; default: the parameter as long as it fits`,
      optionOf(oneOf('parameter', 'roster')),
    )
    .option('--dry-run', 'show what would change')
  const remove = addVerb(group, 'remove <label>', {
    description: 'take an account out of the registry; refused (exit code 4) while it has open work',
    examples: ['torghut accounts remove second --stage dev'],
  }).option('--dry-run', 'show what would change')
  const put = addVerb(group, 'put-credentials <label>', {
    description: "store an account's broker credentials, after asking the broker whether they work",
    examples: [
      'torghut accounts put-credentials paper --stage dev',
      'APCA_API_KEY_ID=... APCA_API_SECRET_KEY=... torghut accounts put-credentials paper --stage dev',
      'torghut accounts put-credentials paper --stage dev < two-lines-key-id-and-secret.txt',
    ],
  })
  run(needsStage(list), async () => (await import('./accounts.ts')).listAccounts)
  run(takesStage(validate), async () => (await import('./accounts-apply.ts')).validateAccounts)
  run(needsStage(apply), async () => (await import('./accounts-apply.ts')).applyAccounts)
  run(needsStage(remove), async () => (await import('./accounts-apply.ts')).removeAccount)
  run(needsStage(put), async () => (await import('./accounts.ts')).putAccountCredentials)
}

export const registerMigrate: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'migrate', "migrations of a stage's state; additive, with no way down")
  const status = addVerb(group, 'status', {
    description: 'which migrations are open, running or applied, and how far',
    examples: ['torghut migrate status --stage dev'],
  })
  const plan = addVerb(group, 'plan', {
    description: 'go through all rows and say what `up` would do; writes nothing',
    examples: [
      'torghut migrate plan --stage dev',
      'torghut migrate plan --default-label main --stage prod --json',
    ],
  })
  const up = addVerb(group, 'up', {
    description: 'apply what is open, from where it was left; lanes may run meanwhile',
    examples: ['torghut migrate up --stage dev', 'torghut migrate up --rate 2000 --stage prod'],
  })
    .option('--rate <rows>', 'the most rows a second; default 500', optionOf(integer(1, 100_000)))
    .option('--dry-run', 'as `plan`')
    .option('--again', 'also what is applied: it changes nothing that is there')
    .option('--take-over', 'do not wait for the lease of a runner that is known to be dead')
  const verify = addVerb(group, 'verify', {
    description: 'compare counts and hashes of both sides; exit code 1 when they differ',
    examples: ['torghut migrate verify --stage dev'],
  })
  for (const verb of [plan, up]) {
    verb.option(
      '--default-label <label>',
      'the account of rows that name none; default paper',
      optionOf(label),
    )
  }
  run(needsStage(status), async () => (await import('./migrate.ts')).showMigrations)
  run(needsStage(plan), async () => (await import('./migrate.ts')).planMigrations)
  run(needsStage(up), async () => (await import('./migrate.ts')).applyMigrations)
  run(needsStage(verify), async () => (await import('./migrate.ts')).verifyMigrations)
}

export const registerImport: VerbRegistrar = (program, run) => {
  const verb = addVerb(program, 'import <dir>', {
    description:
      "take over the Python service's rows, exported as JSON lines; exit code 1 names rows left out",
    examples: [
      'torghut import export/ --dry-run --stage dev',
      'torghut import export/ --default-label paper --stage prod',
    ],
  })
    .option('--dry-run', 'read all of it and say what is wrong; writes nothing')
    .option('--default-label <label>', 'the account of rows that name none; default paper', optionOf(label))
    .option('--rate <rows>', 'the most rows a second; default 500', optionOf(integer(1, 100_000)))
    .option('--again', 'also what was imported to its end: it changes nothing that is there')
    .option('--take-over', 'do not wait for the lease of a runner that is known to be dead')
  run(needsStage(verb), async () => (await import('./import.ts')).importFolder)
}

export const registerCanary: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'canary', 'a further account on its way in')
  const plan = addVerb(group, 'plan', {
    description: 'the five steps that let an account in, and which of them are done',
    examples: ['torghut canary plan --account second --stage dev'],
  }).requiredOption('--account <label>', 'the account', optionOf(label))
  const verify = addVerb(group, 'verify', {
    description:
      'check that every row, and every credential, stands under its own account; exit code 1 lists what crosses',
    examples: [
      'torghut canary verify --stage dev',
      'torghut canary verify --account second --stage dev --json',
    ],
  })
    .option(
      '--account <label>',
      'an account that must have decisions, executions and a cursor',
      optionOf(label),
    )
    .option('--offline', 'ask no broker whose credentials they are')
  run(needsStage(plan), async () => (await import('./canary.ts')).planCanary)
  run(needsStage(verify), async () => (await import('./canary.ts')).verifyCanary)
}

export const registerRollback: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'rollout', 'the staged rollout, from everything off to the plugin runtime')
  const rollback = addVerb(group, 'rollback', {
    description:
      'back to a single account: flag off, variable false, schema stays, second topic drained and cleared',
    examples: [
      'torghut rollout rollback --dry-run --stage dev',
      'torghut rollout rollback --cancel --stage prod',
    ],
  })
    .option('--dry-run', 'show the steps, change nothing')
    .option('--cancel', 'also cancel what is open of the other accounts, by their kill switches')
    .option(
      '--drain-seconds <seconds>',
      "how long the second topic's queue may take to empty; default 120",
      optionOf(integer(0, 3600)),
    )
  run(needsStage(rollback), async () => (await import('./rollout-rollback.ts')).rollBackAccounts)
}
