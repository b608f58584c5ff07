// Processes that look at mutants: each is ended and replaced when a mutant makes it run for too long.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('worker.mjs', import.meta.url))

export class MutantWorker {
  #child = null
  #cpuMs = 0
  #cpuMsBefore = 0

  /** What all its processes have used so far. */
  get cpuMs() {
    return this.#cpuMsBefore + this.#cpuMs
  }

  /** What was noticed where the message says; `'late'` when that took longer than `limitMs`. */
  ask(message, limitMs) {
    const child = (this.#child ??= fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#child?.kill('SIGKILL')
        this.#forget()
        resolve('late')
      }, limitMs)
      const ended = (code) => {
        clearTimeout(timer)
        if (this.#child !== child) return
        this.#forget()
        reject(new Error(`the process of a mutant ended with ${code}`))
      }
      child.once('exit', ended)
      child.once('message', ({ noticed, failed, cpuUsage }) => {
        clearTimeout(timer)
        child.off('exit', ended)
        this.#cpuMs = (cpuUsage.user + cpuUsage.system) / 1000
        if (failed === undefined) resolve(noticed)
        else reject(new Error(failed))
      })
      child.send(message)
    })
  }

  /** It may end what it has begun. */
  end() {
    this.#child?.disconnect()
    this.#forget()
  }

  #forget() {
    this.#child = null
    this.#cpuMsBefore += this.#cpuMs
    this.#cpuMs = 0
  }
}
