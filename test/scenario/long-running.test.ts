/** A process that runs long tells by HTTP whether it does its part, and what it has counted, as Prometheus reads it. */
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { runLong, type LongRunning } from '../../lib/cli/long-running.ts'
import { Output } from '../../lib/cli/terminal/output.ts'
import { instant } from '../../lib/domain/time.ts'
import { CountedMetrics } from '../../lib/local/counted-metrics.ts'
import { localTelemetry } from '../../lib/local/local-telemetry.ts'
import { freePort } from '../support/free-ports.ts'

const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
const output = new Output(streams, {})
const words = { waiting: 'w', connecting: 'c', listening: 'l', lost: 'lost' }

describe('the health endpoint', () => {
  it('tells how the process stands, and its counts by account', async () => {
    const counted = new CountedMetrics()
    const telemetry = localTelemetry(() => {}, counted)
    const port = await freePort()
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      return [answer.status, await answer.text()] as const
    }
    await runLong(
      { name: 'alpha', words, healthPort: port, counted, output, now: () => instant('2026-01-05T15:00:00Z') },
      async ({ onState }: LongRunning) => {
        expect(await ask('/')).toEqual([503, '{"state":"connecting","since":"2026-01-05T15:00:00.000Z"}'])
        onState('listening')
        expect((await ask('/'))[0]).toBe(200)
        expect(await ask('/metrics')).toEqual([200, ''])
        telemetry.count('forwarder_published_total', 2, { account: 'alpha' })
        telemetry.count('forwarder_published_total', 3, { account: 'alpha' })
        telemetry.count('forwarder_published_total', 1, { account: 'beta' })
        telemetry.count('forwarder_lost_total', 1)
        expect(await ask('/metrics')).toEqual([
          200,
          [
            '# TYPE torghut_forwarder_published_total counter',
            'torghut_forwarder_published_total{account="alpha"} 5',
            'torghut_forwarder_published_total{account="beta"} 1',
            '# TYPE torghut_forwarder_lost_total counter',
            'torghut_forwarder_lost_total 1',
            '',
          ].join('\n'),
        ])
        expect(counted.totals()).toEqual({ forwarder_published_total: 6, forwarder_lost_total: 1 })
      },
    )
    await expect(ask('/')).rejects.toThrow('fetch failed')
  })
})
