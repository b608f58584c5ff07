// What noticed each mutant last, kept beside them: it is tried first.
import { format } from 'prettier'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const FILE = fileURLToPath(new URL('noticed.json', import.meta.url))

export async function readRecords() {
  return JSON.parse(await readFile(FILE, 'utf8'))
}

/** Keeps what was known of other mutants, as far as they are still there. */
export async function writeRecords(outcomes, names) {
  const records = { ...(await readRecords()) }
  for (const { mutant, by } of outcomes) {
    if (by === null) delete records[mutant.name]
    else records[mutant.name] = recordOf(by)
  }
  const kept = names.filter((name) => name in records).toSorted()
  const text = JSON.stringify(Object.fromEntries(kept.map((name) => [name, records[name]])))
  await writeFile(FILE, await format(text, { parser: 'json', printWidth: 110 }))
}

function recordOf({ where, again, title, invariants = [] }) {
  if (again !== undefined) return { ...again, violates: invariants.join(' ') }
  return title === undefined ? { test: where } : { test: where, title }
}
