/** What `--json` may print at all: the compiler refuses what is not in its dialect. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { Output } from '../../lib/cli/terminal/output.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { instant } from '../../lib/domain/time.ts'
import { decimalText } from '../../lib/formats/codec.ts'
import { record } from '../../lib/formats/codec-records.ts'

it('prints snake_case, and what codecs have made of Decimals and times', async () => {
  const stdout = new PassThrough()
  const output = new Output({ stdout, stderr: new PassThrough() }, {})
  const [price, at] = [decimal('1.50'), instant('2026-02-10T15:00:00Z')]
  await output.printJson({ account: accountLabel('a'), in_flight: 1, list: [{ found: null }] })
  await output.printJson(record({ limitPrice: decimalText }).encode({ limitPrice: price }))
  expect(String(stdout.read())).toBe(
    '{"account":"a","in_flight":1,"list":[{"found":null}]}\n{"limit_price":"1.5"}\n',
  )
  const refused = [
    // @ts-expect-error a Decimal
    () => output.printJson({ price }),
    // @ts-expect-error an instant
    () => output.printJson({ at }),
    // @ts-expect-error a name that is not in snake_case
    () => output.printJson([{ inFlight: 1 }]),
  ]
  expect(refused).toHaveLength(3)
})
