/** What the process ends with (docs/architecture.md#command-line), and how an error becomes one message. */
import { inspect } from 'node:util'
import {
  ConfigurationError,
  InUseError,
  InvalidValueError,
  StateError,
  TorghutError,
  UnavailableError,
} from '../../domain/errors.ts'

export const EXIT = { ok: 0, negative: 1, usage: 2, unreachable: 3, refused: 4, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A safety gate said no: nothing was changed. */
export class RefusedError extends TorghutError {
  override readonly name: string = 'RefusedError'
}

/** The person at the terminal pressed Ctrl-C at a question: the command ends there. */
export class InterruptedError extends TorghutError {
  override readonly name: string = 'InterruptedError'
}

/** The machine's own refusals, which a user can do something about. */
const SYSTEM_ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'Check the permissions of that file or folder.',
  EPERM: 'Check the permissions of that file or folder.',
  EROFS: 'That file system is read-only: run in a folder that can be written.',
  ENOSPC: 'The disk is full: free some space and run the command again; nothing committed is lost.',
  EDQUOT: 'The disk quota is used up: free some space and run the command again.',
  ENOENT: 'Check that the file or folder exists.',
  EEXIST: 'Something else has that name: remove or rename it.',
  EISDIR: 'Name a file, not a folder.',
  ENOTDIR: 'A part of that path is a file, not a folder.',
  EADDRINUSE: 'Another program uses that port: stop it, or choose another port.',
  EMFILE: 'Too many files are open: close other programs or raise the limit.',
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof RefusedError) return EXIT.refused
  if (error instanceof InterruptedError) return EXIT.interrupted
  if (error instanceof UnavailableError) return EXIT.unreachable
  if (error instanceof ConfigurationError || error instanceof InvalidValueError) return EXIT.usage
  if (error instanceof InUseError || error instanceof StateError) return EXIT.usage
  return systemAdvice(error) === undefined ? EXIT.negative : EXIT.usage
}

/** One message with what to do next; the stack only when `debug` is set. */
export function describeError(error: unknown, debug: boolean): string {
  const known = error instanceof TorghutError || systemAdvice(error) !== undefined
  const message = error instanceof Error ? error.message : String(error)
  const lines = [known ? `error: ${message}` : `error: an unexpected fault: ${message}`]
  const advice = error instanceof TorghutError ? error.advice : systemAdvice(error)
  if (advice !== undefined) lines.push(advice)
  else if (!known) lines.push('Run the command again with TORGHUT_DEBUG=1 to see where it happened.')
  if (debug) lines.push(inspect(error))
  return lines.join('\n')
}

function systemAdvice(error: unknown): string | undefined {
  if (error instanceof TorghutError || !(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? SYSTEM_ADVICE[error.code] : undefined
}
