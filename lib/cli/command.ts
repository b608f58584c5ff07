/** Commands of the program: commander's, which say of a misspelt option what they would keep for themselves. */
import { Command, type ErrorOptions } from 'commander'
import { didYouMean } from '../domain/did-you-mean.ts'

const MISSING = 'commander.missingMandatoryOptionValue'

export class ProgramCommand extends Command {
  override createCommand(name?: string): Command {
    return new ProgramCommand(name)
  }

  /** Commander looks for mandatory options first, and tells of one that is missing without the word that it was misspelt as. */
  override error(message: string, options?: ErrorOptions): never {
    const misspelt = options?.code === MISSING ? this.#unknownOption() : null
    if (misspelt === null) return super.error(message, options)
    const meant = didYouMean(misspelt, this.#optionNames())
    const both = message.replace(/^error: /, `error: unknown option '${misspelt}', and `)
    return super.error(meant === undefined ? both : `${both}\n(Did you mean ${meant}?)`, options)
  }

  /** Of the words that are left: all others are arguments. */
  #unknownOption(): string | null {
    const names = this.#optionNames()
    return this.args.find((word) => /^--?[A-Za-z]/.test(word) && !names.includes(word)) ?? null
  }

  #optionNames(): readonly string[] {
    return this.createHelp()
      .visibleOptions(this)
      .flatMap(({ long }) => long ?? [])
  }
}
