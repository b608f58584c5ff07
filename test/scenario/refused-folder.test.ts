/** State folders of other versions, of other inputs, or damaged: each is refused, and the message says what helps. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { TorghutError } from '../../lib/domain/errors.ts'
import type { Progress } from '../../lib/local/walk.ts'
import { startEmbeddedDynamo } from '../../lib/local/embedded-dynamodb.ts'
import type { RunInputs } from '../../lib/local/run-inputs.ts'
import { exampleInputs, shortRun } from '../support/short-run.ts'
import { silentTelemetry } from '../support/telemetry.ts'

describe('a state folder that cannot be gone on with is refused with the advice --fresh', () => {
  const root = mkdtempSync(join(tmpdir(), 'torghut-refused-'))
  let folder = ''
  let inputs: RunInputs

  beforeAll(async () => {
    inputs = await exampleInputs('2009-07-07', '2009-07-14')
  })
  beforeEach(() => {
    folder = mkdtempSync(join(root, 'run-'))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  const inFolder = (name: string) => join(folder, '.torghut', name)
  const replaceIn = (name: string, before: string, after: string) => {
    const text = readFileSync(inFolder(name), 'utf8')
    expect(text).toContain(before)
    writeFileSync(inFolder(name), text.replace(before, after))
  }
  const laneOfSchema = async (schema: string) => {
    const { client, close } = await startEmbeddedDynamo(inFolder('dynamodb'))
    const { Items: items = [] } = await client.send(new ScanCommand({ TableName: 'torghut-state' }))
    for (const item of items.filter(({ sk }) => sk?.S?.startsWith('trade_cursor#'))) {
      const changed = { ...item, schema: { N: schema } }
      await client.send(new PutItemCommand({ TableName: 'torghut-state', Item: changed }))
    }
    await close()
  }
  const refusals: readonly [string, () => unknown, RegExp][] = [
    [
      'a run of an older version',
      () => replaceIn('run.json', '"torghut_run": 1', '"torghut_run": 0'),
      /torghut_run: found 0, allowed: 1/,
    ],
    [
      'a damaged run.json, with all that is wrong in it',
      () => replaceIn('run.json', '"finished": false', '"finished": "no", "more": 1'),
      /finished: found "no", allowed: true, false; more: found unknown field "more"/,
    ],
    ['a lost run.json', () => rmSync(inFolder('run.json')), /run\.json is missing/],
    [
      'other inputs',
      () => replaceIn('run.json', '"dates": "', '"dates": "2001-01-01'),
      /dates: found another choice/,
    ],
    [
      "an exchange's log of an older version",
      () => replaceIn('exchange.jsonl', '"paper_exchange_log":1', '"paper_exchange_log":0'),
      /exchange\.jsonl:1/,
    ],
    ['state of an older version', () => laneOfSchema('0'), /schema: found 0, allowed: 1/],
    ['state of a newer version', () => laneOfSchema('2'), /schema: found 2, allowed: 1/],
  ]

  it.each(refusals)('%s', async (_what, spoil, message) => {
    const stop = new AbortController()
    const onProgress = ({ done }: Progress) => done === 2 && stop.abort()
    expect(await shortRun(folder, inputs, { stop: stop.signal, onProgress })).toMatchObject({
      kind: 'stopped',
    })
    await spoil()
    const refusal = await shortRun(folder, inputs, { telemetry: silentTelemetry }).catch(
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(TorghutError)
    expect(refusal).toMatchObject({
      message: expect.stringMatching(message) as string,
      advice: expect.stringContaining('--fresh') as string,
    })
  })
})
