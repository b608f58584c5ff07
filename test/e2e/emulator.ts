/**
 * The AWS emulator MiniStack: installs the pinned version into `.cache/`, starts it on loopback and stops it; or
 * uses the one that `AWS_ENDPOINT_URL` names, which is then left running. Traps: docs/emulator.md.
 *
 * It serves TLS and checks permissions (`AUTH=true`): queue policies that refuse plain HTTP and the functions'
 * roles are in force as on AWS.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { freePort } from '../support/free-ports.ts'
import { fetching, runCommand } from './run-command.ts'

export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url))
const REQUIREMENTS = join(PROJECT_ROOT, 'test', 'e2e', 'requirements.txt')
const CACHE = join(PROJECT_ROOT, '.cache')
const VENV = join(CACHE, 'ministack')
/** It takes two; what hangs is found by it. */
const START_SECONDS = 300
const END_SECONDS = 5
const REGION = 'us-east-1'

export interface Emulator {
  readonly endpoint: string
  /** What a process needs to talk to the emulator and to nothing else. */
  readonly environment: Readonly<Record<string, string>>
  /** The same for SDK clients of this process. */
  readonly client: ClientConfiguration
  /** Trusts the emulator's certificate. */
  readonly agent: Agent
  /** What the emulator printed; null for one that was running already. */
  readonly logFile: string | null
  /** The process group of the emulator and all that it runs; null when it was running already. */
  readonly group: number | null
  stop(): Promise<void>
}

interface ClientConfiguration {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly requestHandler: NodeHttpHandler
}

export async function startEmulator(): Promise<Emulator> {
  const given = process.env['AWS_ENDPOINT_URL']
  if (given !== undefined && given !== '') {
    const certificate = process.env['NODE_EXTRA_CA_CERTS'] ?? null
    return { ...reaching(given, certificate), logFile: null, group: null, stop: async () => {} }
  }
  await install()
  const port = await freePort()
  const endpoint = `https://127.0.0.1:${port}`
  const run = join(CACHE, 'emulator')
  // what the last one ran may be writing its last line
  rmSync(run, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  mkdirSync(run, { recursive: true })
  // Functions are unpacked beneath this folder; without it Node takes them for the modules of our package.json.
  writeFileSync(join(run, 'package.json'), '{ "type": "commonjs" }\n')
  const logFile = join(run, 'ministack.log')
  const log = openSync(logFile, 'a')
  const child = spawn(join(VENV, 'bin', 'ministack'), [], {
    cwd: run,
    detached: true, // a process group of its own, ended as one
    stdio: ['ignore', log, log],
    env: {
      ...clientEnvironment(),
      AUTH: 'true',
      LOG_LEVEL: 'DEBUG', // names the service of each request, which the tests count
      USE_SSL: '1',
      PATH: `${await node24Folder()}:${process.env['PATH'] ?? ''}`,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      TMPDIR: run,
      STATE_DIR: join(run, 'state'),
      S3_DATA_DIR: join(run, 's3'),
    },
  })
  closeSync(log)
  const stop = (): Promise<void> => stopGroup(child)
  const certificate = join(run, 'ministack-tls', 'server.crt')
  try {
    await answering(port, child)
  } catch (error) {
    await stop()
    throw new Error(`MiniStack did not start:\n${readFileSync(logFile, 'utf8').slice(-4000)}`, {
      cause: error,
    })
  }
  return { ...reaching(endpoint, certificate), logFile, group: child.pid ?? null, stop }
}

function reaching(
  endpoint: string,
  certificate: string | null,
): Pick<Emulator, 'agent' | 'endpoint' | 'environment' | 'client'> {
  const trust = certificate === null ? {} : { NODE_EXTRA_CA_CERTS: certificate, AWS_CA_BUNDLE: certificate }
  const agent = new Agent(certificate === null ? {} : { ca: readFileSync(certificate) })
  return {
    agent,
    endpoint,
    environment: {
      ...clientEnvironment(),
      ...trust,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
    },
    client: {
      endpoint,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: new NodeHttpHandler({ httpsAgent: agent }),
    },
  }
}

/** Key `test` is the emulator's root, as an operator's administrator is. */
function clientEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    NO_COLOR: '1',
  }
}

async function install(): Promise<void> {
  const wanted = readFileSync(REQUIREMENTS, 'utf8')
  const marker = join(VENV, 'installed-requirements.txt')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  const options = { cwd: PROJECT_ROOT, environment: process.env as Record<string, string> }
  rmSync(VENV, { recursive: true, force: true })
  await runCommand('python3', ['-m', 'venv', VENV], options)
  const pip = join(VENV, 'bin', 'pip')
  await fetching(pip, ['install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS], options)
  writeFileSync(marker, wanted)
}

/**
 * MiniStack runs functions on the PATH's `node`; ours are built for Node 24: this one, the one that `TORGHUT_NODE_24` names,
 * or one that is fetched.
 */
async function node24Folder(): Promise<string> {
  if (process.versions.node.startsWith('24.')) return dirname(process.execPath)
  const given = process.env['TORGHUT_NODE_24']
  if (given !== undefined && given !== '') return dirname(given)
  const { output } = await fetching(
    'npx',
    [
      '--yes',
      '--prefer-offline',
      '--package=node@24',
      '--call',
      'node --version && node -p process.execPath',
    ],
    { cwd: PROJECT_ROOT, environment: process.env as Record<string, string> },
  )
  const [version = '', path = ''] = output.trim().split('\n').slice(-2)
  if (!version.startsWith('v24.')) throw new Error(`Node 24 was asked for, and ${version} came: ${path}`)
  return dirname(path)
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < START_SECONDS * 5; tries += 1) {
    if (hasEnded(child)) throw new Error(`ended with ${child.exitCode ?? child.signalCode}`)
    if (await listening(port)) return
    await delay(200)
  }
  throw new Error(`no answer within ${START_SECONDS} seconds`)
}

function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

/** Ends the emulator and the functions it runs: the process group that it leads, also when it has ended itself. */
async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  const ended = hasEnded(child) ? Promise.resolve() : once(child, 'exit')
  signalGroup(child.pid, 'SIGTERM')
  await Promise.race([ended, delay(END_SECONDS * 1000)])
  signalGroup(child.pid, 'SIGKILL')
  await ended
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // there is nothing left of it
  }
}
