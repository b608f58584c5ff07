/** Where the package stands: the nearest folder above with a package.json, and a fault where there is none. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, parse } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../lib/cli/terminal/input-file.ts'
import { ConfigurationError } from '../../lib/domain/errors.ts'

const root = mkdtempSync(join(tmpdir(), 'package-root-'))
afterAll(() => rmSync(root, { recursive: true }))

describe('the root of the package', () => {
  it('is the nearest folder above that holds a package.json', () => {
    mkdirSync(join(root, 'dist', 'cli'), { recursive: true })
    writeFileSync(join(root, 'package.json'), '{}')
    expect(packageRoot(join(root, 'dist', 'cli'))).toBe(root)
  })

  it.skipIf(existsSync(join(parse(root).root, 'package.json')))(
    'is a fault where nothing above is a package, not a search without an end',
    () => {
      expect(() => packageRoot(parse(root).root)).toThrow(ConfigurationError)
    },
  )
})
