/** What `apply` verbs take and print: the mode of applying a file, and a line for each entry of it. */
import { ConfigurationError } from '../../domain/errors.ts'
import { violation } from '../../formats/violations.ts'
import type { ApplyMode, EntryChange } from '../../operations/entry-changes.ts'

const SIGNS = { added: '+', changed: '~', removed: '-', unchanged: ' ' } as const

export function changeLine({ id, kind, fields }: EntryChange): string {
  const details = fields.map(
    ({ field, before, after }) => `\n    ${field}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
  )
  return `${SIGNS[kind]} ${id} (${kind})${details.join('')}`
}

export interface ApplyModeOptions {
  readonly sync?: true
  readonly merge?: true
}

/** @throws ConfigurationError when both are asked for */
export function applyMode({ sync, merge }: ApplyModeOptions, verb: string): ApplyMode {
  if (sync === true && merge === true) {
    throw new ConfigurationError('The command line', [violation(verb, '--sync and --merge', 'one of them')])
  }
  return sync === true ? 'sync' : 'merge'
}
