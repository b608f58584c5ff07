/** `npm run simulate -- SEED [--unique-ids]`: one seed of the lane simulation, told event by event. */
import { parseArgs } from 'node:util'
import { findingsOf } from '../support/simulation/lane-storm.ts'
import { eventLine } from '../support/simulation/trace.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'unique-ids': { type: 'boolean', default: false } },
})
const [seed = ''] = positionals
// `| head` ends the reader, not the simulation's fault
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
const say = (line: string) => process.stdout.write(`${line}\n`)

if (positionals.length !== 1 || !/^\d+$/.test(seed)) {
  process.stderr.write(
    'usage: npm run simulate -- SEED [--unique-ids]\n' +
      '--unique-ids: the exchange refuses a client order id that it has seen, and its look-ups lag\n',
  )
  process.exitCode = 2
} else {
  const findings = await findingsOf(Number(seed), {
    uniqueIds: values['unique-ids'],
    onEvent: (event) => say(eventLine(event)),
  })
  for (const finding of findings) say(`FOUND: ${finding}`)
  say(findings.length === 0 ? `seed ${seed}: nothing found` : `seed ${seed}: ${findings.length} found`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
