/** A run in a thread of its own: `torghut replay run` and `backtest` with plugins of one's own start it. */
import { parentPort, workerData } from 'node:worker_threads'
import { runEngine } from '../lib/cli/engine/engine.ts'
import type { EngineOrder } from '../lib/cli/engine/engine-words.ts'

// what a plugin prints goes to stderr, as in the command's own process
process.stdout.write = process.stderr.write.bind(process.stderr)
if (parentPort !== null) {
  await runEngine(workerData as EngineOrder, parentPort)
  parentPort.unref()
}
