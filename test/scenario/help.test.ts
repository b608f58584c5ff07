/** Every verb, found by walking the helps themselves: an example of it, and `--json`. */
import { expect, it } from 'vitest'
import { runInside } from '../support/run-cli.ts'

async function helpOf(words: readonly string[]): Promise<string> {
  const { code, stdout } = await runInside([...words, '--help'], { folder: '.', environment: {} })
  expect([words, code]).toEqual([words, 0])
  return stdout
}

/** The names under `Commands:`. */
function commandsIn(help: string): string[] {
  const [, list = ''] = help.split('\nCommands:\n')
  const names = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name)
  return names.filter((name) => name !== 'help')
}

async function verbsUnder(words: readonly string[]): Promise<(readonly string[])[]> {
  const commands = commandsIn(await helpOf(words))
  if (commands.length === 0) return [words]
  return (await Promise.all(commands.map((command) => verbsUnder([...words, command])))).flat()
}

const verbs = await verbsUnder([])

it('there are the verbs of an incident', () => {
  const names = verbs.map((words) => words.join(' '))
  expect(names).toEqual(
    expect.arrayContaining([
      'kill on',
      'flags unset',
      'orders cancel',
      'positions',
      'dlq show',
      'dlq drop',
      'lane show',
      'lane resume',
      'doctor',
      'status',
      'rollout status',
    ]),
  )
})

it.each(verbs.map((words) => words.join(' ')))('%s', async (verb) => {
  const help = await helpOf(verb.split(' '))
  expect(help).toContain('--json')
  // a group's own verb may be left out
  expect(help).toMatch(new RegExp(`\\$ (.+ )?torghut ${verb.replace(/ list$/, '( list)?')}\\b`))
})
