/** Placed faults in one word, as the command line and the mutants' records write them: `place=kind,place=kind`. */
import { FAULT_KINDS, type FaultKind, type PlacedFault } from './faults.ts'

export function formatFaults(faults: readonly PlacedFault[]): string {
  return faults.map(({ place, kind }) => `${place}=${kind}`).join(',')
}

/** What names no kind of fault is left out. */
export function parseFaults(text: string): readonly PlacedFault[] {
  return text.split(',').flatMap((part) => {
    const [place = '', word] = part.split('=')
    const kind = FAULT_KINDS.find((known): known is FaultKind => known === word)
    return kind === undefined ? [] : [{ place, kind }]
  })
}
