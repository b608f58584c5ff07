/** What the command line loads before it knows which verb is wanted: registrars only, and few packages. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CLI } from '../support/run-cli.ts'

const PACKAGES = ['cli-table3', 'commander', 'fastest-levenshtein', 'picocolors']
/** What these bring with them. */
const THEIRS = [
  '@colors/colors',
  'ansi-regex',
  'emoji-regex',
  'is-fullwidth-code-point',
  'string-width',
  'strip-ansi',
]
const DIST = join(CLI, '../../dist')
/** Before each file of a package in a bundle. */
const BUNDLED = /^ *\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm
const STATIC_IMPORT = /^(?:import|export)\b[^;]*?(?:from )?"([^"]+)";?$|^\} from "([^"]+)";?$/gm

/** Everything that a compiled file imports when it is loaded: files of ours by name, and packages. */
function loadedBy(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  for (const [, whole, last] of readFileSync(join(DIST, file), 'utf8').matchAll(STATIC_IMPORT)) {
    const name = whole ?? last ?? ''
    if (loaded.has(name)) continue
    loaded.add(name)
    if (name.startsWith('./')) loadedBy(name, loaded)
  }
  return loaded
}

describe('the compiled command line', () => {
  it('loads neither a verb nor what verbs need', () => {
    const loaded = [...loadedBy('cli.mjs')]
    const own = loaded.filter((name) => name.startsWith('./'))
    expect(own).not.toEqual([])
    const outside = loaded.filter((name) => !name.startsWith('./') && !name.startsWith('node:'))
    expect(outside).toEqual([])
    const packages = ['cli.mjs', ...own].flatMap((file) =>
      [...readFileSync(join(DIST, file), 'utf8').matchAll(BUNDLED)].map(([, name = '']) => name),
    )
    expect([...new Set(packages)].toSorted()).toEqual([...PACKAGES, ...THEIRS].toSorted())
  })

  it('has a module of its own for each verb, which its registrar loads', () => {
    const verbs = ['local', 'flags', 'stage'].flatMap((name) => {
      const file = join(import.meta.dirname, `../../lib/cli/verbs/register-${name}.ts`)
      return [...readFileSync(file, 'utf8').matchAll(/import\('\.\/([\w-]+)\.ts'\)/g)].map(
        ([, verb = '']) => verb,
      )
    })
    expect(verbs.length).toBeGreaterThan(15)
    const atStart = [...loadedBy('cli.mjs')].filter((name) =>
      verbs.some((verb) => name.startsWith(`./${verb}-`)),
    )
    expect(atStart).toEqual([])
  })
})
