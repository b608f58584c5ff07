/** Questions to the person at the terminal, and the gate that wants a label typed. */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { CliContext } from '../context.ts'
import { InterruptedError, RefusedError } from './exit-codes.ts'

/**
 * Asks on the terminal, on stderr so that stdout stays the result; null when nobody can answer.
 * @throws InterruptedError at Ctrl-C
 */
export async function askOnTerminal(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null
  const { isCancel, text } = await import('@clack/prompts')
  const answer = await text({ message: question, output: process.stderr })
  if (isCancel(answer)) throw new InterruptedError('interrupted at the question')
  return answer ?? ''
}

/** As askOnTerminal, showing nothing of what is typed. */
export async function askSecretOnTerminal(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({ message: question, output: process.stderr })
  if (isCancel(answer)) throw new InterruptedError('interrupted at the question')
  return answer ?? ''
}

/** The whole text of a stream that is not a terminal; null for a terminal. */
export async function readAllOf(
  input: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean },
): Promise<string | null> {
  if (input.isTTY === true) return null
  let text = ''
  for await (const chunk of input) text += chunk.toString()
  return text
}

/**
 * The gate of dangerous changes (docs/architecture.md#command-line): the label must be typed, or given as
 * `--confirm`.
 * @throws RefusedError otherwise.
 */
export async function confirmLabel(
  { ask }: Pick<CliContext, 'ask'>,
  what: string,
  label: AccountLabel,
  confirmed: string | undefined,
): Promise<void> {
  const answer = confirmed ?? (await ask(`${what} Type the account's label (${label}) to go on:`))
  if (answer?.trim() === label) return
  const given = answer === null ? 'nobody confirmed it' : `${JSON.stringify(answer)} is not the label`
  throw new RefusedError(`refused: ${given}. ${what}`, {
    advice: `Nothing was changed. Type the label when asked, or pass --confirm ${label}.`,
  })
}
