/** Every alarm has a row in docs/operations.md, and the row leads to a section that says what to do. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { resourcesOf, synthesize } from './synthesize.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/operations.md'), 'utf8')
const accounts = readFileSync(resolve(import.meta.dirname, '../../docs/accounts.md'), 'utf8')

/** Rows of the table of alarms: what each is about, and where it leads. */
const rows = page.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim())
  const [, names = '', , , todo] = cells
  if (!names.startsWith('`') || todo === undefined) return []
  const patterns = [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
    return new RegExp(`^${name.replace(/<[a-z]+>/, '[a-z0-9-]+')}$`)
  })
  return [{ patterns, links: [...todo.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link) }]
})

function anchors(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
  return new Set(headings)
}

const names = [
  ...resourcesOf(
    synthesize({ orderFeedV2: 'true', alarmEmail: 'operator@example.com', digestHours: '24' }).template,
  ).values(),
].flatMap(({ Type, Properties }) =>
  Type === 'AWS::CloudWatch::Alarm' ? [String(Properties['AlarmName']).replace('torghut-prod-', '')] : [],
)

it.each(names)('%s', (name) => {
  const row = rows.find(({ patterns }) => patterns.some((pattern) => pattern.test(name)))
  expect(row?.links.length).toBeGreaterThan(0)
  const known = (link: string) => {
    const [file = '', anchor = ''] = link.split('#')
    return (file === '' ? anchors(page) : anchors(accounts)).has(anchor)
  }
  expect(row?.links.filter((link) => !known(link))).toEqual([])
})
