/**
 * Faults. Expected outcomes are values; an error means that something is broken or misused.
 *
 * Invariants: every error of ours extends TorghutError, keeps its `cause`, and is told apart by class,
 * never by message text. Each class states its `name`, since those of classes do not survive minifying.
 * `advice` says what to do next and is shown to users by the command line.
 */
export interface TorghutErrorOptions extends ErrorOptions {
  readonly advice?: string
}

/** Base of all our errors. */
export class TorghutError extends Error {
  override readonly name: string = 'TorghutError'
  readonly advice: string | undefined
  constructor(message: string, options: TorghutErrorOptions = {}) {
    super(message, options)
    this.advice = options.advice
  }
}

/** A value that is not of its domain (a malformed decimal, label or time). */
export class InvalidValueError extends TorghutError {
  override readonly name: string = 'InvalidValueError'
}

/** One thing wrong in a configuration: where, what was found, what is allowed. */
export interface Violation {
  /** A file and line, a variable name, or a path into a document. */
  readonly path: string
  /** What was found, as text; never a secret. */
  readonly found: string
  readonly allowed: string
  readonly didYouMean?: string
}

/** Configuration or input that cannot be used; carries every violation found, not just the first. */
export class ConfigurationError extends TorghutError {
  override readonly name: string = 'ConfigurationError'
  readonly violations: readonly Violation[]
  constructor(subject: string, violations: readonly Violation[], options: TorghutErrorOptions = {}) {
    super([`${subject} cannot be used:`, ...violations.map(formatViolation)].join('\n  '), options)
    this.violations = violations
  }
}

/** As one line of a message. */
export function formatViolation({ path, found, allowed, didYouMean }: Violation): string {
  const hint = didYouMean === undefined ? '' : ` - did you mean ${didYouMean}?`
  return `${path}: found ${found}, allowed: ${allowed}${hint}`
}

/** Stored state that this code must not touch: corrupted, or of an unknown newer schema. */
export class StateError extends TorghutError {
  override readonly name: string = 'StateError'
}

/** State, flags or credentials could not be read or written in time; the caller may try again later. */
export class UnavailableError extends TorghutError {
  override readonly name: string = 'UnavailableError'
}

/** The broker could not be asked (a read failed); never says anything about an order's fate. */
export class BrokerUnavailableError extends UnavailableError {
  override readonly name: string = 'BrokerUnavailableError'
}

/** The broker answered a read with a refusal, such as 401 for credentials that it does not know. */
export class BrokerRefusedError extends BrokerUnavailableError {
  override readonly name: string = 'BrokerRefusedError'
  /** The HTTP status, 400 or above. */
  readonly status: number
  constructor(message: string, status: number, options: TorghutErrorOptions = {}) {
    super(message, options)
    this.status = status
  }
}

/** The state folder belongs to another running process, or a port is taken. */
export class InUseError extends TorghutError {
  override readonly name: string = 'InUseError'
}
