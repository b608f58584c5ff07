/** Calls of operators to AWS: every fault as one of ours, with what to check. */
import { ConfigurationError, TorghutError, UnavailableError } from '../../domain/errors.ts'
import { faultKind, faultName } from './fault-kind.ts'

/** Where calls go, for messages. */
export interface AwsPlace {
  readonly region: string
  /** Null: AWS itself. */
  readonly endpoint: string | null
}

/** `a stage's region, endpoint`, for people. */
export function describePlace({ region, endpoint }: AwsPlace): string {
  return endpoint === null ? `AWS ${region}` : `${endpoint} (${region})`
}

/** What to check when nobody answers. */
export function reachabilityAdvice(place: AwsPlace): string {
  const where = place.endpoint === null ? 'the network' : `that something listens at ${place.endpoint}`
  const endpoint = place.endpoint === null ? 'unset' : place.endpoint
  return `Check ${where}, AWS_REGION (now ${place.region}) and AWS_ENDPOINT_URL (now ${endpoint}).`
}

export interface MissingThing {
  /** Names of the service's errors that say so. */
  readonly errors: readonly string[]
  /** What is not there, e.g. `function torghut-dev-dispatch`. */
  readonly what: string
  /** Where it would be there; a deployed stage unless it says otherwise. */
  readonly allowed?: string
}

/**
 * Sends one call. `what` says what it does (`reading the flags`).
 * @throws UnavailableError when nobody answers, ConfigurationError for credentials, permissions and what is missing
 */
export async function callAws<Answer>(
  place: AwsPlace,
  what: string,
  send: () => Promise<Answer>,
  missing?: MissingThing,
): Promise<Answer> {
  try {
    return await send()
  } catch (cause) {
    throw awsFault(place, what, cause, missing)
  }
}

/** As callAws, but what is missing is null. */
export async function callAwsOrNull<Answer>(
  place: AwsPlace,
  what: string,
  send: () => Promise<Answer>,
  missing: readonly string[],
): Promise<Answer | null> {
  try {
    return await send()
  } catch (cause) {
    if (missing.includes(faultName(cause))) return null
    throw awsFault(place, what, cause)
  }
}

function awsFault(place: AwsPlace, what: string, cause: unknown, missing?: MissingThing): Error {
  if (cause instanceof TorghutError) return cause
  const name = faultName(cause)
  if (missing?.errors.includes(name) === true) {
    const violation = { path: missing.what, found: 'nothing', allowed: missing.allowed ?? 'a deployed stage' }
    return new ConfigurationError(describePlace(place), [violation], {
      cause,
      advice: 'Deploy the stage (npx cdk deploy -c stage=...), or check the stage and the region.',
    })
  }
  const kind = faultKind(cause)
  if (kind === 'no_credentials') {
    const violation = { path: 'AWS credentials', found: 'none', allowed: 'a key, a profile or a role' }
    return new ConfigurationError(`${what}: ${describePlace(place)}`, [violation], {
      cause,
      advice: 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    })
  }
  if (kind === 'refused') {
    const violation = { path: what, found: name, allowed: 'credentials that may do this' }
    return new ConfigurationError(describePlace(place), [violation], { cause })
  }
  const message = `${what} failed: ${name} from ${describePlace(place)}`
  return kind === 'may_pass'
    ? new UnavailableError(message, { cause, advice: reachabilityAdvice(place) })
    : new TorghutError(message, { cause })
}
