/** `docs/flags.md` is made from the one table of flags; `npx vitest run flags-document --update` writes it anew. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { format } from 'prettier'
import { expect, it } from 'vitest'
import { FLAG_DEFINITIONS } from '../../lib/flags/definitions.ts'
import { flagDescription } from '../../lib/flags/descriptions.ts'

const DOCUMENT = resolve(import.meta.dirname, '../../docs/flags.md')

it('docs/flags.md says what the table of flags says', async () => {
  const rows = FLAG_DEFINITIONS.map(
    ({ name, kind, default: byDefault }) =>
      `| \`${name}\` | ${byDefault} | ${kind.allowed} | ${flagDescription(name)} |`,
  )
  const text = [
    '# Flags and settings',
    '',
    'Stored flags (Parameter Store, or `.torghut/flags.json` on a laptop) win over environment variables,',
    'which win over defaults. The kill switch is on when any of them says so, for all accounts or for one',
    '(`accounts/<label>/TRADING_KILL_SWITCH_ENABLED`), and while the stored one is absent or unreadable.',
    'An unknown name or value is an error, never a default. `torghut flags` lists what is in force.',
    '',
    '| name | default | allowed | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
  await expect(await format(text, { parser: 'markdown' })).toMatchFileSnapshot(DOCUMENT)
  expect(await readFile(DOCUMENT, 'utf8')).toContain('TRADING_KILL_SWITCH_ENABLED')
})

it('every flag has words of its own', () => {
  const words = FLAG_DEFINITIONS.map(({ name }) => flagDescription(name))
  expect(words.filter((text) => text === '')).toEqual([])
  expect(new Set(words).size).toBe(words.length)
})
