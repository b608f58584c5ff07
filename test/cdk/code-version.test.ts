/** The code version covers what is bundled into the lane, and nothing else. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeVersion, laneSources } from '../../cdk/code-version.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('the code version', () => {
  const sources = laneSources(ROOT)

  it.each([
    'functions/lane.ts',
    'plugins/index.ts',
    'lib/plan/plan-cycle.ts',
    'lib/strategy/plugins/intraday-tsmom.ts',
    'lib/adapters/alpaca/alpaca-broker.ts',
  ])('covers %s', (file) => {
    expect(sources).toContain(file)
  })

  it('covers the packages of the lane, those that are loaded later included', () => {
    const packages = sources.filter((file) => file.startsWith('node_modules/'))
    expect(packages.some((file) => file.startsWith('node_modules/@middy/core/'))).toBe(true)
    expect(packages.some((file) => file.startsWith('node_modules/@alpacahq/alpaca-trade-api/'))).toBe(true)
  })

  it('covers nothing of other functions, of the command line or of a laptop', () => {
    expect(
      sources.filter((file) => /^(lib\/(cli|local|operations|exchange)|cdk|test|docs)\//.test(file)),
    ).toEqual([])
    expect(sources.filter((file) => /^functions\/[^/]*\.ts$/.test(file))).toEqual(['functions/lane.ts'])
  })

  it('is the same for the same sources', () => {
    expect(codeVersion(ROOT)).toMatch(/^[0-9a-f]{16}$/)
    expect(codeVersion(ROOT)).toBe(codeVersion(ROOT))
  })
})
