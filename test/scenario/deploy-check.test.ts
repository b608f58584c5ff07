/**
 * Before a deploy: thirty days of a stage's sealed cycles planned again by the folder's code, byte for byte; a planted change of a
 * rule is found and named, refused, and passes once it is explained. The stage's tables are those that the runtime filled.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fakeStage } from '../support/deployment-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { filledStores } from '../support/filled-stores.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-deploy-check-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const EXAMPLES = resolve(import.meta.dirname, '../../examples/plugins.mjs')

let deployment: ReturnType<typeof fakeStage>['deployment']
beforeAll(async () => {
  const stage = fakeStage()
  const { stores, clock, source } = await filledStores('2009-06-15', '2009-07-31')
  Object.assign(stage.flags, { TRADING_SIGNAL_SOURCE: source })
  deployment = { ...stage.deployment, stores, clock }
})

// what one test explained is no other's
beforeEach(() => rmSync(join(folder, 'deploy-checks.jsonl'), { force: true }))

const check = (...words: readonly string[]) =>
  runInside(['deploy-check', '--stage', 'dev', '--since', '60d', ...words], { folder, deployment })

describe('a deploy', () => {
  it('that changes nothing passes: thirty days of cycles are as they were sealed', async () => {
    const { code, stdout, stderr } = await check('--plugins', EXAMPLES, '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(' 0 otherwise, ') })
    const [result] = jsonLines(stdout) as { readonly same: number; readonly not_planned: number }[]
    expect(result).toMatchObject({ refused: false, not_planned: 0, differences: [] })
    expect(result?.same).toBeGreaterThanOrEqual(30)
  })

  it('that changes a rule is refused with the field, and passes once it is explained', async () => {
    const changed = readFileSync(EXAMPLES, 'utf8').replace('below_lower_band', 'far_below_lower_band')
    writeFileSync(join(folder, 'changed.mjs'), changed)
    const refused = await check('--plugins', 'changed.mjs')
    expect(refused.code).toBe(1)
    expect(refused.stdout).toMatch(
      /^paper 2009-\d\d-\d\dT[\d:]+Z cycle \d+: decisions\[0\]\.explain\[0\] was "below_lower_band", is "far_below_lower_band"$/m,
    )
    expect(refused.stderr).toContain('--explained-by NOTE')

    const explained = await check('--plugins', 'changed.mjs', '--explained-by', 'a clearer word')
    expect([explained.code, explained.stderr]).toEqual([
      0,
      expect.stringContaining('commit it with the change'),
    ])
    const [line] = jsonLines(readFileSync(join(folder, 'deploy-checks.jsonl'), 'utf8'))
    expect(line).toMatchObject({ stage: 'dev', note: 'a clearer word' })

    const again = await check('--plugins', 'changed.mjs')
    expect([again.code, again.stderr]).toEqual([
      0,
      expect.stringMatching(/, 0 otherwise, [1-9]\d* explained before/),
    ])
  })

  it('wants a stage, and a file that it can read', async () => {
    const none = await runInside(['deploy-check'], { folder })
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--stage dev')])
    writeFileSync(join(folder, 'deploy-checks.jsonl'), '{"note":1}\n')
    const broken = await check('--plugins', EXAMPLES)
    expect(broken.code).not.toBe(0)
    expect(broken.stderr).toContain('deploy-checks.jsonl:1')
  })
})
