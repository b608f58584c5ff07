/** What strategies fail at is said: message, place, first and last signal, count (docs/plugins.md#what-happens-to-errors). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appendLogFile } from '../../lib/adapters/files/append-log-file.ts'
import { afterAll, describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { loadPluginModule } from '../../lib/adapters/files/load-plugin-module.ts'
import { instant } from '../../lib/domain/time.ts'
import { openFailureJournal } from '../../lib/local/failure-journal.ts'
import { OTHER_MESSAGES, StrategyFailures } from '../../lib/strategy/failures.ts'
import { describeThrown } from '../../lib/strategy/thrown.ts'
import { Replay } from '../../lib/replay/runner.ts'
import {
  compile,
  definitionWith,
  evaluateOnce,
  pluginGiving,
  signalWith,
} from '../support/strategy-fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-failures-'))
afterAll(() => rmSync(folder, { recursive: true }))

const FIRST = { eventTs: instant('2024-01-02T15:00:00Z'), symbol: 'AIG' }
const LAST = { eventTs: instant('2024-01-05T15:00:00Z'), symbol: 'SPY' }

function failure(detail: string, strategyId = 's') {
  return { strategyId, reason: 'plugin_error', detail, place: 'p.mjs:1:2' } as const
}

describe('the place of what was thrown', () => {
  it.each([
    ['in evaluate', 'throw new RangeError("no luck")', ':5:'],
    ['in a function of the module', 'helper()', ':2:'],
    ['by the SDK that it called', 'decimal("x")', ':5:'],
  ])('is the author’s line %s', async (what, body, line) => {
    const file = join(folder, `${what.replaceAll(' ', '-')}.mjs`)
    writeFileSync(
      file,
      `function helper() {
        throw new TypeError('helped')
      }
      export const plugins = ({ decimal }) => [{ pluginId: 'p', version: '1.0.0', requiredFeatures: [],
        evaluate() { ${body} } }]`,
    )
    const { plugins } = await loadPluginModule(file)
    const { errors } = evaluateOnce(compile([definitionWith('a', 'p')], plugins))
    expect(errors).toMatchObject([{ reason: 'plugin_error' }])
    expect(errors[0]?.place).toContain(`${file}${line}`)
  })

  it.each<[string, unknown]>([
    ['a text', 'oops'],
    ['nothing', undefined],
    [
      'an error whose message throws',
      Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('again')
        },
      }),
    ],
    ['an error whose stack is a number', Object.assign(new Error('x'), { stack: 7 })],
  ])('is not known of %s', (_what, thrown) => {
    expect(describeThrown(thrown).place).toBeNull()
    expect(describeThrown(thrown).message).not.toBe('')
  })

  it('is said in at most 200 characters, as is the message', () => {
    const { message } = describeThrown(new Error('x'.repeat(10_000)))
    expect(message.length).toBe(200)
  })
})

describe('failures', () => {
  it('are counted by strategy and message, with first and last signal', () => {
    const failures = new StrategyFailures()
    expect(failures.add(failure('one'), FIRST)).toBe(true)
    expect(failures.add(failure('one'), LAST)).toBe(false)
    expect(failures.add(failure('one', 'a'), LAST)).toBe(true)
    expect(failures.toList()).toEqual([
      { ...withoutDetail('one', 'a'), first: LAST, last: LAST, count: 1 },
      { ...withoutDetail('one'), first: FIRST, last: LAST, count: 2 },
    ])
  })

  it('with ever new messages are counted as others after twenty', () => {
    const failures = new StrategyFailures()
    for (let number = 1; number <= 50; number += 1) failures.add(failure(`price ${number}`), FIRST)
    const list = failures.toList()
    expect(list).toHaveLength(21)
    expect(list.at(-1)).toMatchObject({ message: OTHER_MESSAGES, count: 30 })
  })

  it('of a replay are kept beside its lines and its digest', () => {
    const plugins = ['first', 'second'].map((text) =>
      pluginGiving('bad', () => {
        throw new Error(text)
      }),
    )
    const replayed = plugins.map((plugin) => {
      const replay = new Replay(compile([definitionWith('b', 'bad')], [plugin]))
      replay.next(signalWith())
      return replay
    })
    expect(replayed.map((replay) => replay.failures()[0]?.message)).toEqual(['Error: first', 'Error: second'])
    const digests = replayed.map((replay) => replay.finish().digest)
    expect(digests[0]).toBe(digests[1])
  })
})

describe('a run’s journal', () => {
  const account = accountLabel('paper')
  const logged = (position: number, symbol = 'AIG') => ({
    position,
    signalId: '' as never,
    signal: signalWith({}, { symbol }),
  })

  it('counts a cycle that is planned again once, in another process too', () => {
    const file = join(folder, 'journal.jsonl')
    const told = [
      { error: failure('one'), logged: logged(1) },
      { error: failure('one'), logged: logged(2, 'SPY') },
    ]
    const first = openFailureJournal(appendLogFile(file))
    first.write(account, told)
    first.write(account, told)
    first.close()
    const second = openFailureJournal(appendLogFile(file))
    second.write(account, told)
    expect(second.failuresOf(account)).toMatchObject([
      { message: 'one', count: 2, first: { symbol: 'AIG' }, last: { symbol: 'SPY' }, place: 'p.mjs:1:2' },
    ])
    expect(second.failuresOf(accountLabel('other'))).toEqual([])
    second.close()
  })
})

function withoutDetail(message: string, strategyId = 's') {
  const { reason, place } = failure(message)
  return { strategyId, reason, place, message }
}
