/**
 * `torghut accounts list|put-credentials`: the accounts of a stage and their broker credentials.
 *
 * Invariant: credentials come from the environment, stdin or a hidden prompt, never from the command line, which
 * other users of the machine can see; they appear in no output.
 */
import { violation } from '../../formats/violations.ts'
import type { BrokerCredentials } from '../../domain/account.ts'
import { parseJson } from '../../domain/parse-json.ts'
import { isMap } from '../../formats/codec.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { admitAccounts } from '../../lanes/admit-accounts.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import { readFleet } from '../../operations/deployment.ts'
import { putCredentials } from '../../operations/put-credentials.ts'
import type { CliContext } from '../context.ts'
import { EXIT, RefusedError, type ExitCode } from '../terminal/exit-codes.ts'
import { accountNamed, openChosenDeployment, type StageOption } from '../target.ts'
import type { AccountLabel } from '../../domain/account-label.ts'

const REGISTER_FIRST = 'Register it first: torghut accounts apply FILE'
/** Why an account is held back is shown, not counted. */
const UNTOLD: Telemetry = { count: () => {}, measure: () => {}, record: () => {} }

export async function listAccounts(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const [fleet, stored] = await Promise.all([readFleet(deployment), deployment.credentials.labels()])
  const admissions = await admitAccounts(fleet, { features: deployment.features, telemetry: UNTOLD })
  const rows = admissions.map(({ account: { label, enabled, target, strategies }, ...admission }) => ({
    label,
    enabled,
    held: admission.kind === 'held' ? admission.reason : null,
    mode: target.mode,
    base_url: target.baseUrl,
    strategies,
    credentials: stored.includes(label),
  }))
  if (options.json) {
    await output.printJson(rows)
    return EXIT.ok
  }
  const cells = rows.map((row) => [
    row.label,
    row.enabled ? 'enabled' : 'disabled',
    row.held ?? 'admitted',
    row.mode,
    row.base_url,
    row.strategies === null ? 'all' : row.strategies.join(', '),
    row.credentials ? 'stored' : 'missing',
  ])
  const head = ['account', 'state', 'cycles', 'mode', 'broker', 'strategies', 'credentials']
  await output.printTable(head, cells)
  return EXIT.ok
}

export async function putAccountCredentials(
  context: CliContext,
  options: StageOption,
  label = '',
): Promise<ExitCode> {
  const deployment = await openChosenDeployment(context, options)
  const { accounts } = await readFleet(deployment)
  const account = accountNamed(label, accounts, 'label', REGISTER_FIRST)
  const credentials: BrokerCredentials = await readCredentialInput(context, account.label)
  const outcome = await putCredentials(account, credentials, deployment)
  if (outcome.kind === 'refused_by_broker') {
    throw new ConfigurationError(
      'The credentials',
      [
        violation(
          account.label,
          `an answer with status ${outcome.status} from ${account.target.baseUrl}`,
          `a key of a ${account.target.mode} account`,
        ),
      ],
      { advice: 'Nothing was stored. Check the key, and whether the account is a paper or a live one.' },
    )
  }
  if (outcome.kind === 'taken') {
    throw new RefusedError(
      `refused: the broker account behind these credentials belongs to the label ${outcome.holder}`,
      { advice: 'Nothing was stored. Two labels on one broker account would trade against each other.' },
    )
  }
  const { output } = context
  const name = `${deployment.names.credentialsPath}/${account.label}`
  if (options.json) await output.printJson({ account: account.label, parameter: name, stored: true })
  else await output.print(`The broker accepted the credentials of ${account.label}; stored as ${name}.`)
  return EXIT.ok
}

/** The broker's own names, as its documentation and tools use them. */
const KEY_ID = 'APCA_API_KEY_ID'
const SECRET = 'APCA_API_SECRET_KEY'

/** @throws ConfigurationError when there are none; it never repeats what was read */
export async function readCredentialInput(
  { environment, readStdin, askSecret }: CliContext,
  label: AccountLabel,
): Promise<BrokerCredentials> {
  const keyId = environment[KEY_ID]
  const secret = environment[SECRET]
  if (keyId !== undefined && keyId !== '' && secret !== undefined && secret !== '') return { keyId, secret }
  const text = await readStdin()
  if (text !== null && text.trim() !== '') return parseCredentialText(text)
  const asked = {
    keyId: (await askSecret(`Key id of ${label}:`))?.trim(),
    secret: (await askSecret(`Secret key of ${label}:`))?.trim(),
  }
  if (!asked.keyId || !asked.secret) throw missing('nothing')
  return { keyId: asked.keyId, secret: asked.secret }
}

/** Two lines, or `{"key_id": ..., "secret_key": ...}`. */
function parseCredentialText(text: string): BrokerCredentials {
  const json = parseJson(text)
  const words = isMap(json) ? [json['key_id'], json['secret_key']] : text.trim().split(/\s+/)
  const [keyId, secret, ...others] = words
  if (typeof keyId !== 'string' || typeof secret !== 'string' || others.length > 0) {
    throw missing('text that is not that')
  }
  return { keyId, secret }
}

function missing(found: string): ConfigurationError {
  const allowed = 'the key id and the secret on two lines, or {"key_id": ..., "secret_key": ...}'
  return new ConfigurationError('The credentials', [violation('stdin', found, allowed)], {
    advice: `Give them on stdin, in ${KEY_ID} and ${SECRET}, or run the command on a terminal.`,
  })
}
