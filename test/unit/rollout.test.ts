/** Rollout stages: which one applies, what changes between two of them, and what an operator is warned of. */
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { planFlags } from '../../lib/operations/flag-plan.ts'
import { ROLLOUT_STAGES, changesTowards, rolloutStage, stageNumbered } from '../../lib/operations/rollout.ts'
import { NO_FIGURES, checkNeeds } from '../../lib/operations/soak.ts'

const MODE = 'TRADING_STRATEGY_RUNTIME_MODE'
const SCHEDULER = 'TRADING_STRATEGY_SCHEDULER_ENABLED'
const FALLBACK = 'TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY'
const MULTI = 'TRADING_MULTI_ACCOUNT_ENABLED'
const KILL = 'TRADING_KILL_SWITCH_ENABLED'
const ON = { TRADING_ENABLED: 'true' }

describe('which rollout stage applies', () => {
  it.each([
    ['as deployed', {}, true, 1],
    ['the kill switch alone is off', {}, false, 1],
    ['trading alone is enabled', ON, true, 1],
    ['legacy mode trades', ON, false, 2],
    ['scheduler_v3 without its scheduler', { ...ON, [MODE]: 'scheduler_v3' }, false, 3],
    ['scheduler_v3 with its scheduler', { ...ON, [MODE]: 'scheduler_v3', [SCHEDULER]: 'true' }, false, 4],
    ['plugin_v3 with fallback', { ...ON, [MODE]: 'plugin_v3' }, false, 4],
    ['plugin_v3 without fallback', { ...ON, [MODE]: 'plugin_v3', [FALLBACK]: 'false' }, false, 5],
    ['plugin_v3 for further accounts', { ...ON, [MODE]: 'plugin_v3', [MULTI]: 'true' }, false, 5],
    ['an emergency stop of the last stage', { ...ON, [MODE]: 'plugin_v3', [FALLBACK]: 'false' }, true, 1],
  ])('%s', (_name, flags, killSwitchOn, expected) => {
    expect(rolloutStage(parseSettings(flags), killSwitchOn).number).toBe(expected)
  })

  it('is reached, stage by stage, by the changes that each stage names, and left by the others', () => {
    const flags: Record<string, string> = { [KILL]: 'true' }
    const stageOf = () => rolloutStage(parseSettings(flags), flags[KILL] === 'true').number
    for (const stage of ROLLOUT_STAGES) {
      Object.assign(flags, Object.fromEntries(changesTowards(stage.enter, flags)))
      expect(stageOf()).toBe(stage.number)
    }
    for (const stage of ROLLOUT_STAGES.toReversed().slice(0, -1)) {
      Object.assign(flags, Object.fromEntries(changesTowards(stage.leave, flags)))
      expect(stageOf()).toBe(stage.number - 1)
    }
  })

  it('names no change that is in force already', () => {
    expect(changesTowards({ TRADING_ENABLED: 'true', [FALLBACK]: 'true' }, {})).toEqual([
      ['TRADING_ENABLED', 'true'],
    ])
  })
})

describe('soak needs', () => {
  it('want a session without errors before the runtime decides', () => {
    const needs = checkNeeds(stageNumbered(3), { ...NO_FIGURES, cycles: 390, errors: 1 })
    expect(needs.map(({ figure, found, met }) => [figure, found, met])).toEqual([
      ['cycles', 390, true],
      ['errors', 1, false],
      ['circuitsOpened', 0, true],
    ])
  })
})

describe('planning flags', () => {
  const trading = { ...ON, [KILL]: 'false' }
  const warningsOf = (overlay: Record<string, string>, wanted: Record<string, string>) =>
    planFlags({}, overlay, wanted).warnings.join('\n')

  it('shows old and new', () => {
    expect(planFlags({}, trading, { [MODE]: 'scheduler_v3' })).toEqual({
      changes: [{ name: MODE, before: null, after: 'scheduler_v3' }],
      warnings: [],
    })
  })

  it('warns of stages that would be skipped', () => {
    expect(warningsOf(trading, { [MODE]: 'plugin_v3' })).toContain('skips rollout stage 3 (shadow)')
    const twice = warningsOf(trading, { [MODE]: 'plugin_v3', [FALLBACK]: 'false' })
    expect(twice).toMatch(/stage 3 \(shadow\)[^]*stage 4 \(runtime\)/)
    expect(warningsOf({ ...trading, [MODE]: 'scheduler_v3' }, { [SCHEDULER]: 'true' })).toBe('')
  })

  it('warns of going on while nothing is ordered, but not of going on after an emergency stop', () => {
    expect(warningsOf({ ...ON, [KILL]: 'true' }, { [MODE]: 'scheduler_v3' })).toContain('not seen working')
    const stopped = { ...ON, [MODE]: 'plugin_v3', [FALLBACK]: 'false', [KILL]: 'true' }
    expect(warningsOf(stopped, { [KILL]: 'false' })).toBe('')
  })

  it('warns of real money', () => {
    expect(warningsOf(trading, { TRADING_LIVE_ENABLED: 'true' })).toContain('real money')
  })

  it('refuses bad values, all together, and contradictions', () => {
    expect(() => planFlags({}, {}, { TRADING_ENABLED: 'ture', [`${MODE}S`]: 'x' })).toThrow(
      /did you mean true[^]*did you mean TRADING_STRATEGY_RUNTIME_MODE/,
    )
    expect(() => planFlags({}, {}, { 'features/torghut_x': 'yes' })).toThrow(/torghut:alpha/)
    expect(() => planFlags({}, { TRADING_CALENDAR: 'always' }, { TRADING_MODE: 'live' })).toThrow(
      /us_equities/,
    )
  })

  it('refuses a registry that cannot be used', () => {
    const registry = '[{"label":"a"},{"label":"a"}]'
    expect(() => planFlags({}, {}, { TRADING_ACCOUNTS_JSON: registry })).toThrow(/no other account/)
  })

  it('lets a wrong value be mended', () => {
    const broken = { TRADING_ENABLED: 'ture' }
    expect(planFlags({}, broken, { TRADING_ENABLED: 'true' }).changes).toHaveLength(1)
  })
})
