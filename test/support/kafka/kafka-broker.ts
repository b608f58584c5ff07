/**
 * A real broker for tests: Apache Kafka in a process of its own (KRaft, one node), on loopback alone, ended by its process
 * id. The tests are skipped with a notice where the machine has no Java or the jars were not fetched (fetch.sh).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../free-ports.ts'

const CACHE = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const JARS = process.env['TORGHUT_KAFKA_JARS'] ?? join(CACHE, 'torghut/kafka-4.1.0')
const LOOPBACK = '127.0.0.1'
const LONGEST_HOLD_MS = 5000
/** A start that takes little, and a small heap. */
const JVM = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']
/** Whose user and password the listener for clients outside knows. */
export const KAFKA_USER = { username: 'forwarder', password: 'pass-of-the-forwarder' }
const STORE_PASSWORD = 'store-password'

/** False: there is none, and the run has said so. */
export function hasKafka(): boolean {
  if (existsSync(join(JARS, 'complete')) && runs('java', '-version')) return true
  process.stderr.write(
    `notice: no Java, or no Kafka in ${JARS} (test/support/kafka/fetch.sh): nothing is tested against a real broker\n`,
  )
  return false
}

export class KafkaBroker {
  readonly #folder = mkdtempSync(join(tmpdir(), 'torghut-kafka-'))
  #running: ChildProcess | null = null
  /** Without any protection. */
  readonly plain: string
  /** TLS, SASL/SCRAM-SHA-512. */
  readonly secured: string
  /** Without any protection, said to be at `relay`, where a relay may listen. */
  readonly relayed: string
  readonly relay: string
  readonly #controller: string

  private constructor(ports: readonly number[]) {
    const [plain = '', secured = '', relayed = '', relay = '', controller = ''] = ports.map(
      (port) => `${LOOPBACK}:${port}`,
    )
    this.plain = plain
    this.secured = secured
    this.relayed = relayed
    this.relay = relay
    this.#controller = controller
  }

  static async start(): Promise<KafkaBroker> {
    const made = new KafkaBroker(await freePorts(5))
    made.#prepare()
    await made.resume()
    return made
  }

  /** Of the authority that vouches for the broker: the broker itself. */
  get certificate(): string {
    return execFileSync('keytool', ['-exportcert', '-rfc', ...this.#store()], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }

  /** Begins, or begins again after `kill`, where its log ends. */
  async resume(): Promise<void> {
    const running = broker(join(this.#folder, 'server.properties'))
    this.#running = running
    for (let attempt = 0; attempt < 1500; attempt += 1) {
      if (await answers(this.plain)) return
      if (running.exitCode !== null) throw new Error('the broker ended before it answered')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error('the broker does not start')
  }

  /** Holds it, as a machine that hangs: connections stay, and nothing is answered from the return on. */
  hold(): void {
    const running = this.#running
    if (running?.pid === undefined) return
    running.kill('SIGSTOP')
    // the signal is on its way: threads on other processors may still answer
    const until = performance.now() + LONGEST_HOLD_MS
    while (!hasStopped(running.pid) && performance.now() < until);
  }

  release(): void {
    this.#running?.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    const running = this.#running
    this.#running = null
    if (running === null || running.exitCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }

  /** Ends it and forgets its log. */
  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #prepare(): void {
    const { username, password } = KAFKA_USER
    const name = 'CN=localhost'
    execFileSync(
      'keytool',
      ['-genkeypair', ...this.#store(), '-keyalg', 'RSA', '-dname', name, '-ext', `san=ip:${LOOPBACK}`],
      { stdio: 'ignore' },
    )
    const settings = {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@${this.#controller}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: [
        `PLAIN://${this.plain}`,
        `SECURED://${this.secured}`,
        `RELAYED://${this.relayed}`,
        `CONTROLLER://${this.#controller}`,
      ].join(','),
      'advertised.listeners': `PLAIN://${this.plain},SECURED://${this.secured},RELAYED://${this.relay}`,
      'listener.security.protocol.map':
        'PLAIN:PLAINTEXT,SECURED:SASL_SSL,RELAYED:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'PLAIN',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.secured.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'ssl.keystore.location': join(this.#folder, 'keys.p12'),
      'ssl.keystore.password': STORE_PASSWORD,
      'log.dirs': join(this.#folder, 'log'),
      'offsets.topic.replication.factor': '1',
      'group.initial.rebalance.delay.ms': '0',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'auto.create.topics.enable': 'false',
    }
    const file = join(this.#folder, 'server.properties')
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
    writeFileSync(file, `${lines.join('\n')}\n`)
    const user = `SCRAM-SHA-512=[name=${username},password=${password}]`
    const id = 'dG9yZ2h1dC10ZXN0cy0wMQ'
    execFileSync(
      'java',
      [
        '-cp',
        join(JARS, '*'),
        'kafka.tools.StorageTool',
        'format',
        '-t',
        id,
        '-c',
        file,
        '--add-scram',
        user,
      ],
      { stdio: 'ignore' },
    )
  }

  #store(): string[] {
    const place = join(this.#folder, 'keys.p12')
    return ['-alias', 'broker', '-keystore', place, '-storepass', STORE_PASSWORD, '-storetype', 'PKCS12']
  }
}

/** Begins it; it logs nothing, since the jars bring no logger. */
function broker(file: string): ChildProcess {
  return spawn('java', [...JVM, '-cp', join(JARS, '*'), 'kafka.Kafka', file], { stdio: 'ignore' })
}

/** Which versions it speaks: the first question of every client, which is answered once it is ready. */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])

function answers(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':')
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => socket.write(API_VERSIONS))
    const end = (isAnswer: boolean): void => {
      socket.destroy()
      resolve(isAnswer)
    }
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.setTimeout(2000, () => end(false))
  })
}

function runs(command: string, ...words: readonly string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Whether all its threads stand still; where the system does not tell, it is taken to have stopped. */
function hasStopped(pid: number): boolean {
  const threads = `/proc/${pid}/task`
  if (!existsSync(threads)) return true
  return readdirSync(threads).every((thread) => {
    const status = join(threads, thread, 'status')
    try {
      return /^State:\s+[TtZX]/m.test(readFileSync(status, 'utf8'))
    } catch {
      // it has ended meanwhile
      return true
    }
  })
}
