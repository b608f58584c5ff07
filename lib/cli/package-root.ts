/** Where this package is: files that come with it, such as the examples, are found from there. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The same for the sources and for what they are compiled to. */
export function packageRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}
