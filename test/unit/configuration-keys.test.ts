/**
 * No key of the configuration is parsed and then read by nobody: settings (docs/architecture.md#flags) and the
 * variables of each function.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ALL_FUNCTION_NAMES } from '../../lib/domain/deployment-parts.ts'
import { ConfigurationError } from '../../lib/domain/errors.ts'
import { FLAG_DEFINITIONS, OTHER_DEFINITIONS, SETTING_DEFINITIONS } from '../../lib/flags/definitions.ts'
import { parseFunctionEnvironment } from '../../lib/deployment/function-environment.ts'

const ROOT = join(import.meta.dirname, '../..')
const TEXTS = ['lib', 'functions'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${room}/${name}`)
    // where keys are defined and parsed
    .filter((name) => !/^lib\/(flags\/(definitions|parse-settings)|domain\/settings)\.ts$/.test(name))
    .map((name) => readFileSync(join(ROOT, name), 'utf8')),
)

/** Variables that nobody here reads, each with its reason. */
const UNREAD_VARIABLES = {
  POWERTOOLS_LOG_LEVEL: 'the logger reads it by itself',
}

/**
 * A key of several words is itself wherever it stands; one of a single word (`mode`) counts as `settings.mode`, or
 * taken out of something called settings or of that type.
 */
function isRead(key: string, text: string): boolean {
  if (/[A-Z]/.test(key)) return new RegExp(`\\b${key}\\b`).test(text)
  const member = new RegExp(`[sS]ettings(?:\\(.*\\))?\\??\\.${key}\\b`)
  const taken = new RegExp(`\\{[^{}]*\\b${key}\\b[^{}]*\\}\\s*(?:=|:)[^\\n]*[sS]ettings`)
  const nested = new RegExp(`\\bsettings: \\{[^{}]*\\b${key}\\b`)
  return member.test(text) || taken.test(text) || nested.test(text)
}

describe('the settings', () => {
  it('are each read by somebody', () => {
    const unread = Object.keys(SETTING_DEFINITIONS).filter((key) => !TEXTS.some((text) => isRead(key, text)))
    expect(unread).toEqual([])
  })

  it('have readers of their own where they stand in no settings', () => {
    expect(OTHER_DEFINITIONS.map(({ name }) => name)).toEqual([
      'TRADING_KILL_SWITCH_ENABLED', // resolveKillSwitch
      'TRADING_ACCOUNTS_JSON', // parseAccounts
    ])
    expect(FLAG_DEFINITIONS).toHaveLength(Object.keys(SETTING_DEFINITIONS).length + 2)
  })
})

/** A function's entry and what it imports within `functions/`. */
function functionText(file: string, seen = new Set<string>()): string {
  if (seen.has(file) || !existsSync(file)) return ''
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  const imported = [...text.matchAll(/from '(\.\/[^']*)'/g)].map(([, path = '']) => join(dirname(file), path))
  return [text, ...imported.map((path) => functionText(path, seen))].join('\n')
}

describe('the environment of a function', () => {
  it.each(ALL_FUNCTION_NAMES)('%s holds only variables that the function reads', (name) => {
    let variables: string[] = []
    try {
      parseFunctionEnvironment(name, { TORGHUT_RETENTION_DAYS: 'not days' })
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      variables = error.violations.map(({ path }) => path)
    }
    expect(variables).not.toEqual([])
    const text = functionText(join(ROOT, 'functions', `${name}.ts`))
    const unread = variables.filter((variable) => !new RegExp(`\\b${variable}\\b`).test(text))
    expect(unread).toEqual(Object.keys(UNREAD_VARIABLES))
  })
})
