// Leaves only our own sources in a bundle's source map: `node cdk/trim-source-map.mjs FILE.js.map ...`
//
// A function reads its whole map when it starts (`--enable-source-maps`). What lies in packages is nine tenths of
// it, and a stack trace needs only the lines that are ours.
import { readFileSync, writeFileSync } from 'node:fs'
import { decode, encode } from '@jridgewell/sourcemap-codec'

for (const file of process.argv.slice(2))
  writeFileSync(file, JSON.stringify(trim(JSON.parse(readFileSync(file, 'utf8')))))

function trim(map) {
  const kept = new Map()
  const sources = map.sources.filter((source, index) => {
    if (source.includes('node_modules/')) return false
    kept.set(index, kept.size)
    return true
  })
  const mappings = decode(map.mappings).map((line) => {
    const segments = []
    for (const [column, source, ...place] of line) {
      if (kept.has(source)) segments.push([column, kept.get(source), place[0], place[1]])
      // one segment without a source ends what came before it
      else if (segments.at(-1)?.length !== 1) segments.push([column])
    }
    return segments
  })
  return { version: 3, sources, names: [], mappings: encode(mappings) }
}
