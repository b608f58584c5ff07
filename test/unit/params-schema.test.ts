/** The parameters that a plugin declares (docs/plugins.md#parameters): what is wrong with a strategy's, in words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigurationError, formatViolation, type Violation } from '../../lib/domain/errors.ts'
import type { Json } from '../../lib/domain/signal.ts'
import { requireKnown } from '../../lib/strategy/check-strategies.ts'
import type { JsonSchema } from '../../lib/strategy/json-schema.ts'
import { checkParams, checkSchema } from '../../lib/strategy/params-schema.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { runInside } from '../support/run-cli.ts'
import { aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'

const SCHEMA: JsonSchema = {
  properties: {
    entry_rsi: { type: 'string', format: 'decimal', minimum: 0, maximum: 100 },
    bars: { type: 'integer', exclusiveMinimum: 1 },
    side: { enum: ['long', 'short', 'both'] },
    symbols: { type: 'array', items: { type: 'string', pattern: '^[A-Z]+$' } },
    exits: { type: 'object', properties: { stop: { type: ['string', 'null'] } }, required: ['stop'] },
  },
  required: ['bars'],
}

const wrongWith = (params: Readonly<Record<string, Json>>) =>
  checkParams(SCHEMA, params, 'params').map(formatViolation)

describe('parameters', () => {
  it('that fit are fine, as are the caps that every strategy has', () => {
    const exits = { stop: null }
    const caps = { max_notional_per_trade: '100', max_position_pct_equity: '0.5' }
    expect(
      wrongWith({ entry_rsi: '45.5', bars: 20, side: 'both', symbols: ['AAPL'], exits, ...caps }),
    ).toEqual([])
  })

  it.each<[string, Readonly<Record<string, Json>>, string]>([
    [
      'a misspelt one',
      { bars: 2, entry_rs: '45' },
      'params.entry_rs: found "entry_rs", allowed: entry_rsi, bars, .* - did you mean entry_rsi\\?',
    ],
    ['a misspelt cap', { bars: 2, max_notional_per_trad: '1' }, 'did you mean max_notional_per_trade\\?'],
    ['one that is missing', {}, 'params.bars: found nothing, allowed: a value: it is required'],
    ['another type', { bars: '2' }, 'params.bars: found "2", allowed: integer'],
    ['a fraction', { bars: 2.5 }, 'params.bars: found 2.5, allowed: integer'],
    ['a bound', { bars: 1 }, 'params.bars: found 1, allowed: above 1'],
    [
      'a decimal beyond a bound',
      { bars: 2, entry_rsi: '100.00000001' },
      'found "100.00000001", allowed: 100 or less',
    ],
    [
      'a text that is no decimal',
      { bars: 2, entry_rsi: 'high' },
      'found "high", allowed: a decimal number as text',
    ],
    [
      'a name that is not listed',
      { bars: 2, side: 'shrt' },
      'found "shrt", allowed: "long", "short", "both" - did you mean short\\?',
    ],
    [
      'a member of a list',
      { bars: 2, symbols: ['AAPL', 'x'] },
      'params.symbols\\[1\\]: found "x", allowed: a text like',
    ],
    [
      'a field inside',
      { bars: 2, exits: { stop: '1', stpo: '2' } },
      'params.exits.stpo: .*did you mean stop\\?',
    ],
  ])('with %s are named', (_what, params, said) => {
    expect(wrongWith(params)).toEqual([expect.stringMatching(said)])
  })
})

describe('a schema', () => {
  it('with a keyword that nobody checks is refused, naming the nearest', () => {
    const violations: Violation[] = []
    checkSchema(
      { properties: { bars: { type: 'int', minimun: 1, format: 'date', pattern: '(' } } },
      'p',
      violations,
    )
    expect(violations.map(({ path, didYouMean }) => [path, didYouMean])).toEqual([
      ['p.properties.bars.minimun', 'minimum'],
      ['p.properties.bars.type', undefined],
      ['p.properties.bars.format', undefined],
      ['p.properties.bars.pattern', undefined],
    ])
  })
})

describe('a strategy whose plugin declares its parameters', () => {
  const plugin = { ...pluginGiving('declaring', () => null), params: SCHEMA }
  const registry = builtinRegistry([plugin])
  const of = (params: Readonly<Record<string, Json>>) => [
    aStrategy('one', { strategyType: 'declaring', params }),
  ]

  it('is refused where strategies are applied or run', () => {
    expect(() => requireKnown(registry, of({ bras: 2 }), '')).toThrow(ConfigurationError)
    expect(() => requireKnown(registry, of({ bars: 2 }), '')).not.toThrow()
    // without a schema nothing is checked
    expect(() => requireKnown(registry, [aStrategy('two', { params: { anything: 1 } })], '')).not.toThrow()
  })

  const folder = mkdtempSync(join(tmpdir(), 'torghut-params-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is told so by validate (exit 1) and by a replay (exit 2)', async () => {
    writeFileSync(
      join(folder, 'p.mjs'),
      `export const plugins = [{ pluginId: 'p', version: '1.0.0', requiredFeatures: [], evaluate: () => null,
         params: { properties: { entry: { type: 'string', format: 'decimal' } } } }]`,
    )
    writeFileSync(
      join(folder, 's.yaml'),
      "- { id: one, name: One, strategy_type: p, version: '1.0.0', enabled: true, base_timeframe: 1Day, params: { entri: '1' } }\n",
    )
    writeFileSync(join(folder, 'signals.jsonl'), '')
    const validated = await runInside(['strategies', 'validate', 's.yaml', '--plugins', 'p.mjs'], { folder })
    expect(validated.code).toBe(1)
    expect(validated.stdout).toContain('did you mean entry?')
    const words = ['--signals', 'signals.jsonl', '--strategies', 's.yaml', '--plugins', 'p.mjs']
    const replayed = await runInside(['replay', 'run', ...words], { folder })
    expect(replayed.code).toBe(2)
    expect(replayed.stderr).toContain('strategy one params.entri: found "entri", allowed: entry')
  })
})
