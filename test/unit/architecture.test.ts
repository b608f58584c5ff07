/**
 * The law that the repository tells of itself: every anchor and path that code, tests and documentation name
 * exists, and the map of rooms in docs/architecture.md, the lint rules and the imports as they are agree. A lint
 * rule that no longer bites would not show by itself, so violations are planted in a copy and must be found.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PERMISSION_REASONS, QUANTITY_REASONS } from '../../lib/domain/denied-reason.ts'
import { METRICS } from '../../lib/domain/metric-names.ts'
import { MOVES } from '../../lib/orders/execution/moves.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const ARCHITECTURE = 'docs/architecture.md'
const CODE_FOLDERS = ['lib', 'functions', 'cdk', 'plugins', 'migrations', 'bin', 'test', 'bench', 'examples']
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

function filesUnder(folder: string, ending: RegExp): string[] {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((file) => ending.test(file))
}

const code = CODE_FOLDERS.flatMap((folder) => filesUnder(folder, /\.(ts|mjs)$/))
const pages = [...readdirSync(ROOT).filter((name) => name.endsWith('.md')), ...filesUnder('docs', /\.md$/)]
const everything = [...code, ...pages, '.oxlintrc.json', 'build.mjs']

/** Explicit anchors, and what GitHub makes of headings. */
function anchorsOf(page: string): Set<string> {
  const text = textOf(page).replaceAll(/^```.*?^```/gms, '')
  const explicit = [...text.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id = '']) => id)
  const headings = [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return new Set([...explicit, ...headings])
}

describe('what is cited', () => {
  it('finds every anchor of the architecture page that a file cites', () => {
    const anchors = anchorsOf(ARCHITECTURE)
    const missing = everything.flatMap((file) =>
      [...textOf(file).matchAll(/architecture\.md#([\w-]+)/g)]
        .filter(([, anchor = '']) => !anchors.has(anchor))
        .map(([citation]) => `${file}: ${citation}`),
    )
    expect(missing).toEqual([])
  })

  it('finds every page and section that a page links to', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !resolves(page, target))
        .map((target) => `${page}: ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('finds every file and folder that a page names', () => {
    const folders = `(?:${CODE_FOLDERS.join('|')}|docs)`
    const named = new RegExp(
      `\`(${folders}/[\\w./-]+)\`|(?<=[ (])(${folders}/[\\w./-]+\\.(?:ts|mjs|md|yaml|json))\\b`,
      'g',
    )
    const missing = pages.flatMap((page) =>
      [...textOf(page).matchAll(named)]
        .map(([, quoted, plain]) => quoted ?? plain ?? '')
        .filter((path) => !existsSync(join(ROOT, path)))
        .map((path) => `${page}: ${path}`),
    )
    expect(missing).toEqual([])
  })

  it('cites nothing by a number that only another document knows', () => {
    const numbered = /\bdesign\s+section|\bsection\s+\d|\binvariants?\s+\d|\bDESIGN\b/
    const offending = everything.filter((file) => numbered.test(textOf(file)))
    expect(offending).toEqual([])
  })

  it('names the thirteen invariants, in order', () => {
    const [, section = ''] = textOf(ARCHITECTURE).split('\n## Invariants\n')
    const named = [...section.matchAll(/^(\d+)\. +<a id="([\w-]+)">/gm)].map(([, number, id]) => [number, id])
    expect(named).toEqual(
      [
        'one-order',
        'decision-first',
        'cursor-forward',
        'version-by-one',
        'terminal-stays',
        'kill-switch',
        'broker-evidence',
        'equal-plans',
        'accounts-apart',
        'settled-in-four-ticks',
        'faults-stay-local',
        'item-size',
        'request-budget',
      ].map((id, index) => [String(index + 1), id]),
    )
  })
})

describe('what the architecture page lists', () => {
  const page = textOf(ARCHITECTURE)
  const wordsBetween = (start: string, end: string): readonly string[] => {
    const [, rest = ''] = page.split(start)
    const [list = ''] = rest.split(end)
    return [...list.matchAll(/`([a-z_]+)`/g)].map(([, word = '']) => word)
  }

  it('names every metric', () => {
    const named = wordsBetween('\n### Metrics\n', '\n### ').filter((word) => word.includes('_'))
    expect(named.toSorted()).toEqual(Object.values(METRICS).toSorted())
  })

  it('names every reason of a denial, in the order of evaluation', () => {
    expect(wordsBetween('\n1. of permission:', '\n2. ')).toEqual(PERMISSION_REASONS)
    expect(wordsBetween('\n3. of the quantity:', '\n4. ')).toEqual(QUANTITY_REASONS)
  })

  it('names every move of an execution', () => {
    const ends = ['filled', 'canceled', 'expired', 'replaced', 'rejected']
    const states = (cell: string): readonly string[] =>
      cell.split(', ').flatMap((word) => {
        if (word === 'nothing') return ['none']
        if (word === 'open') return ['accepted', 'partially_filled']
        return word === 'end' ? ends : [word.replaceAll('`', '')]
      })
    const table: Record<string, Record<string, readonly string[]>> = {}
    const [, rest = ''] = page.split('\n### Moves\n')
    const [section = ''] = rest.split('\n### ')
    for (const [, move = '', from = '', to = ''] of section.matchAll(
      /^\| `(\w+)` +\| ([^|]+?) +\| ([^|]+?) +\|/gm,
    )) {
      const allowed = states(from).map((state) => [state, states(to)])
      table[move] = { ...table[move], ...Object.fromEntries(allowed) }
    }
    expect(table).toEqual(MOVES)
  })
})

function resolves(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : posix.join(dirname(page), path)
  return existsSync(join(ROOT, file)) && (anchor === undefined || anchorsOf(file).has(anchor))
}

interface Room {
  /** From the root: `lib/plan`, `functions`. */
  readonly folder: string
  /** Folders of other rooms, in the same form. */
  readonly may: readonly string[]
  readonly is: ReadonlySet<string>
}

/** The table of the section "Rooms". */
const [, mapOfRooms = ''] = textOf(ARCHITECTURE).split('\n## Rooms\n')
const rooms: readonly Room[] = [...mapOfRooms.matchAll(/^\| `([\w/-]+)` +\|(.*)\|$/gm)].map(
  ([, folder = '', rest = '']) => {
    const [, may = '', is = ''] = rest.split('|').map((cell) => cell.trim())
    const names = may === 'nothing' ? [] : may.split(', ')
    return {
      folder,
      may: names.map((name) => (existsSync(join(ROOT, 'lib', name)) ? `lib/${name}` : name)),
      is: new Set(is.split(', ').filter(Boolean)),
    }
  },
)
const OUTSIDE = ['functions', 'cdk', 'plugins', 'migrations', 'bin', 'test', 'bench']
const TEST_ROOMS = ['unit', 'contract', 'scenario', 'simulation', 'cdk', 'e2e']
const SDK = /^@(aws-sdk|smithy)\//

interface LintOverride {
  readonly files: readonly string[]
  readonly rules: Readonly<Record<string, readonly [string, ...unknown[]] | string>>
}
const { overrides } = JSON.parse(textOf('.oxlintrc.json')) as { readonly overrides: readonly LintOverride[] }

function overridesFor(file: string): readonly LintOverride[] {
  return overrides.filter(({ files }) =>
    files.some((pattern) =>
      pattern.endsWith('/**') ? file.startsWith(pattern.slice(0, -2)) : dirname(pattern) === dirname(file),
    ),
  )
}

/** Whether the lint rules refuse an import by a file that stands directly in `folder`. */
function refuses(folder: string, specifier: string): boolean {
  return overridesFor(`${folder}/probe.ts`).some(({ rules }) => {
    const [, options] = rules['no-restricted-imports'] ?? []
    const { patterns = [] } = (options ?? {}) as { patterns?: readonly { readonly regex: string }[] }
    return patterns.some(({ regex }) => new RegExp(regex).test(specifier))
  })
}

describe('rooms', () => {
  it('names every room of lib/, and only rooms that are there', () => {
    const folders = readdirSync(join(ROOT, 'lib')).map((name) => `lib/${name}`)
    expect(rooms.map(({ folder }) => folder).sort()).toEqual(
      [...folders, 'functions', 'cdk', 'plugins', 'migrations'].sort(),
    )
  })

  it.each(rooms)('$folder: the lint rules allow what the map allows', ({ folder, may, is }) => {
    const others = [...rooms.map((room) => room.folder), ...OUTSIDE].filter((other) => other !== folder)
    const allowed = others.filter((other) => !refuses(folder, `${posix.relative(folder, other)}/probe.ts`))
    expect([...new Set(allowed)].sort()).toEqual([...may].sort())
    expect(refuses(folder, '@aws-sdk/client-ssm')).toBe(!is.has('sdk'))
    expect(refuses(folder, '@smithy/node-http-handler')).toBe(!is.has('sdk'))
    expect(refuses(folder, 'node:fs')).toBe(is.has('pure'))
    const timeless = overridesFor(`${folder}/probe.ts`).some(({ rules }) => 'no-restricted-globals' in rules)
    expect(timeless).toBe(is.has('pure') || is.has('timeless'))
  })

  it.each([...TEST_ROOMS, 'support'])('test/%s imports no other test room', (room) => {
    const refused = TEST_ROOMS.filter((other) => refuses(`test/${room}`, `../${other}/probe.ts`))
    expect(refused).toEqual(TEST_ROOMS.filter((other) => other !== room))
    expect(refuses(`test/${room}`, '../support/probe.ts')).toBe(false)
  })

  it('has no import that the map does not allow, be it dynamic or of types alone', () => {
    const wrong = rooms.flatMap(({ folder, may, is }) =>
      filesUnder(folder, /\.(ts|mjs)$/).flatMap((file) =>
        importsOf(file)
          .filter((found) => {
            if (SDK.test(found)) return !is.has('sdk')
            if (!found.startsWith('.')) return false
            const target = posix.join(dirname(file), found)
            const isCode = CODE_FOLDERS.some((one) => target.startsWith(`${one}/`))
            return isCode && ![folder, ...may].some((room) => target.startsWith(`${room}/`))
          })
          .map((found) => `${file}: ${found}`),
      ),
    )
    expect(wrong).toEqual([])
  })
})

/** Specifiers of static, dynamic and type imports, and of re-exports. */
function importsOf(file: string): readonly string[] {
  const found = textOf(file).matchAll(/^(?!\s*(?:\*|\/\/)).*?(?:\bfrom |\bimport\(|^import )'([^']+)'/gm)
  return [...found].map(([, specifier = '']) => specifier)
}

describe('planted violations', () => {
  const PLANTED: Readonly<Record<string, readonly [rule: string | null, text: string]>> = {
    'lib/domain/word.ts': [null, 'export const word = 1\nexport type Word = typeof word\n'],
    'lib/plan/fine.ts': [null, "export { word } from '../domain/word.ts'\n"],
    'lib/adapters/fine.ts': [null, "export { SSMClient } from '@aws-sdk/client-ssm'\n"],
    'test/support/fixture.ts': [null, 'export const fixture = 1\n'],
    'test/unit/fine.ts': [null, "export { fixture } from '../support/fixture.ts'\n"],

    'lib/domain/up.ts': ['no-restricted-imports', "export { word } from '../lanes/word.ts'\n"],
    'lib/ports/type-up.ts': ['no-restricted-imports', "export type { Word } from '../orders/word.ts'\n"],
    'lib/orders/deep/up.ts': ['no-restricted-imports', "export { word } from '../../cli/word.ts'\n"],
    'lib/operations/wiring.ts': ['no-restricted-imports', "export { word } from '../adapters/word.ts'\n"],
    'functions/up.ts': ['no-restricted-imports', "export { word } from '../lib/cli/word.ts'\n"],
    'cdk/up.ts': ['no-restricted-imports', "export { word } from '../lib/lanes/word.ts'\n"],
    'plugins/up.ts': ['no-restricted-imports', "export { word } from '../lib/orders/word.ts'\n"],
    'lib/orders/sdk.ts': ['no-restricted-imports', "export { SSMClient } from '@aws-sdk/client-ssm'\n"],
    'lib/exchange/http/fine.ts': [null, "export { createServer } from 'node:http'\n"],
    'lib/exchange/io.ts': ['no-restricted-imports', "export { createServer } from 'node:http'\n"],
    'lib/plan/io.ts': ['no-restricted-imports', "export { readFileSync } from 'node:fs'\n"],
    'test/unit/room.ts': ['no-restricted-imports', "export { fixture } from '../contract/fixture.ts'\n"],
    'test/support/room.ts': ['no-restricted-imports', "export { fixture } from '../unit/fine.ts'\n"],
    'test/support/properties.ts': [null, "export { assert } from 'fast-check'\n"],
    'test/unit/draw.ts': ['no-restricted-imports', "export { assert } from 'fast-check'\n"],
    'lib/market/left.ts': ['no-cycle', "import type { R } from './right.ts'\nexport type L = R | 1\n"],
    'lib/market/right.ts': ['no-cycle', "import type { L } from './left.ts'\nexport type R = L | 2\n"],
    'lib/plan/clock.ts': ['no-restricted-properties', 'export const now = () => Date.now()\n'],
    'lib/lanes/chance.ts': ['no-restricted-properties', 'export const chance = () => Math.random()\n'],
    'lib/orders/environment.ts': ['no-restricted-globals', 'export const all = () => process.env\n'],
    'lib/signals/timer.ts': ['no-restricted-globals', 'setInterval(() => undefined, 1)\n'],
    'lib/operations/monotonic.ts': ['no-restricted-globals', 'export const now = () => performance.now()\n'],
    'lib/formats/token.ts': ['no-restricted-globals', 'export const token = () => crypto.randomUUID()\n'],
    'lib/cli/long.ts': ['max-lines', `export const long = 1\n${'// one more line\n'.repeat(250)}`],
  }
  let copy = ''
  let found: ReadonlyMap<string, readonly string[]> = new Map()

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'torghut-lint-'))
    writeFileSync(join(copy, '.oxlintrc.json'), textOf('.oxlintrc.json'))
    for (const [file, [, text]] of Object.entries(PLANTED)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      writeFileSync(join(copy, file), text)
    }
    found = lint(copy)
  })
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it.each(Object.entries(PLANTED).map(([file, [rule]]) => ({ file, rule: rule ?? 'nothing' })))(
    '$file: $rule',
    ({ file, rule }) => {
      expect(found.get(file) ?? ['nothing']).toEqual([rule])
    },
  )
})

/** The rules that are broken, by file. */
function lint(folder: string): ReadonlyMap<string, readonly string[]> {
  const program = join(ROOT, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [program, '--format', 'json', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly { readonly code: string; readonly filename: string }[]
  }
  const byFile = new Map<string, Set<string>>()
  for (const { code, filename } of diagnostics) {
    const rule = /\((.+)\)/.exec(code)?.[1] ?? code
    byFile.set(filename, (byFile.get(filename) ?? new Set()).add(rule))
  }
  return new Map([...byFile].map(([file, rules]) => [file, [...rules]]))
}
