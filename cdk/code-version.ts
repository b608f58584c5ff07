/** The code version that cycle records carry: equal sources give an equal version, whoever builds them. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { FileSystem } from 'aws-cdk-lib'

/** What ends up in a function. */
const SOURCES = ['functions', 'lib', 'package-lock.json']

/** @param projectRoot the folder of `cdk.json` */
export function codeVersion(projectRoot: string): string {
  const hash = createHash('sha256')
  for (const source of SOURCES) hash.update(FileSystem.fingerprint(join(projectRoot, source))).update('\n')
  return hash.digest('hex').slice(0, 16)
}
