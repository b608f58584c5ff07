/** Whether a file can be written at all, asked before the work whose outcome it is to hold. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ConfigurationError } from '../../domain/errors.ts'
import { describeFound, violation } from '../../formats/violations.ts'

/** @throws ConfigurationError naming the option */
export async function requireWritable(option: string, path: string, folder: string): Promise<void> {
  const file = resolve(folder, path)
  const present = await stat(file).catch(() => null)
  if (present?.isDirectory() !== true) {
    const canBe = await access(present === null ? dirname(file) : file, constants.W_OK).then(
      () => true,
      () => false,
    )
    if (canBe) return
  }
  const allowed = 'a file in a folder that is there and can be written to'
  throw new ConfigurationError('The options', [violation(option, describeFound(path), allowed)])
}
