/** Whether a plugin does not come back, by processor time: a machine under load, or one that slept, blames nobody. */
import type { MarkerReader } from '../../adapters/system/asked-marker.ts'

/** One that waits without working is given this many times as long. */
const WAITING = 6

/** To be asked now and then. */
export function isHung(reader: Pick<MarkerReader, 'question'>, budgetMs: number): () => boolean {
  let question: number | null = null
  let cpu = process.cpuUsage()
  let since = performance.now()
  return () => {
    const present = reader.question()
    if (present === null || present !== question) {
      question = present
      cpu = process.cpuUsage()
      since = performance.now()
      return false
    }
    const { user, system } = process.cpuUsage(cpu)
    return (user + system) / 1000 >= budgetMs || performance.now() - since >= WAITING * budgetMs
  }
}
