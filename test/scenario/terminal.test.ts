/** The questions of the command line at a real terminal: an answer, a wrong one, and Ctrl-C, which changes nothing. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { atTerminal, hasTerminal } from '../support/at-terminal.ts'

const CTRL_C = '\u0003'
const ENTER = '\r'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torghut-terminal-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const killOff = (keys: string) => atTerminal(['kill', 'off'], { awaited: 'Type the account', keys, folder })
const flags = () => {
  const file = join(folder, '.torghut', 'flags.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : null
}

const here = hasTerminal()
if (!here) process.stderr.write('no python3: the questions at a terminal are not tested\n')

describe.skipIf(!here)('the question for an account', () => {
  it('goes on with its label', async () => {
    const { code, shown } = await killOff(`paper${ENTER}`)
    expect(shown).toContain('TRADING_KILL_SWITCH_ENABLED')
    expect({ code, flags: flags() }).toMatchObject({
      code: 0,
      flags: { TRADING_KILL_SWITCH_ENABLED: 'false' },
    })
  })

  it('refuses another word', async () => {
    const { code, shown } = await killOff(`papre${ENTER}`)
    expect(shown).toContain('"papre" is not the label')
    expect({ code, flags: flags() }).toEqual({ code: 4, flags: null })
  })

  it('ends at Ctrl-C, with the exit code of an interruption, and changes nothing', async () => {
    const { code, shown } = await killOff(CTRL_C)
    expect(shown).toContain('error: interrupted at the question')
    expect({ code, flags: flags() }).toEqual({ code: 130, flags: null })
  })
})
