/**
 * A verb that runs until it is interrupted, as in a container (docs/forwarder.md): a health endpoint, an end by signals, words
 * for how it stands.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { InUseError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { CountedMetrics } from '../local/counted-metrics.ts'
import type { LeasedState } from '../operations/hold-lease.ts'
import type { Output } from './terminal/output.ts'
import { listenForInterrupts } from './terminal/interrupts.ts'

export interface LongRunningOptions {
  /** What its lines begin with. */
  readonly name: string
  readonly words: Readonly<Record<LeasedState, string>>
  readonly healthPort: number | undefined
  /** What it has counted, for `/metrics` of the health endpoint. */
  readonly counted: CountedMetrics
  readonly output: Output
  readonly now: () => EpochMs
}

export interface LongRunning {
  /** Given when it is to end. */
  readonly stop: AbortSignal
  readonly onState: (state: LeasedState) => void
}

const HEALTH_HOST = '127.0.0.1'

/** @throws InUseError for a port that is taken */
export async function runLong<End>(
  { name, words, healthPort, counted, output, now }: LongRunningOptions,
  run: (running: LongRunning) => Promise<End>,
): Promise<End> {
  const health: Health = { state: 'connecting', since: now() }
  const server = healthPort === undefined ? null : await serveHealth(health, counted, healthPort)
  const interrupts = listenForInterrupts(output)
  try {
    return await run({
      stop: interrupts.signal,
      onState: (state) => {
        if (state !== health.state || state === 'connecting') output.note(`${name}: ${words[state]}`)
        Object.assign(health, { state, since: now() })
      },
    })
  } finally {
    interrupts.dispose()
    server?.close()
  }
}

/** Waits, at most until the signal is given. */
export async function pauseUntil(milliseconds: number, until: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: until }).catch(() => {})
}

interface Health {
  readonly state: LeasedState
  readonly since: EpochMs
}

/** 200 while the process does its part: it listens, or is the spare; 503 otherwise. `/metrics`: what it has counted. */
async function serveHealth(health: Health, counted: CountedMetrics, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      response.end(counted.text())
      return
    }
    const isWell = health.state === 'listening' || health.state === 'waiting'
    response.writeHead(isWell ? 200 : 503, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ state: health.state, since: new Date(health.since).toISOString() }))
  })
  server.listen(port, HEALTH_HOST)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new InUseError(`port ${port} is taken`, { cause, advice: 'choose another --health-port' })
  }
  return server
}
