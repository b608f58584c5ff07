/**
 * fast-check for all tests, with one seed for every property: what is drawn is the same today and tomorrow, so that
 * nobody's change is refused for what somebody else's draw found. Other draws are for whoever goes looking:
 * `TORGHUT_PROPERTY_SEED=random npm test` (a failure names its seed), or a number for those of one seed again. The simulator
 * and its own seeds are apart from this (`npm run sim`).
 */
import { randomInt } from 'node:crypto'
import * as fc from 'fast-check'

const KEPT_SEED = 20_260_210

const asked = process.env['TORGHUT_PROPERTY_SEED'] ?? String(KEPT_SEED)
const seed = asked === 'random' ? randomInt(2 ** 31) : Number(asked)
if (!Number.isSafeInteger(seed)) {
  throw new RangeError(`TORGHUT_PROPERTY_SEED is ${asked}: a whole number, or random`)
}
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })

export { fc }
