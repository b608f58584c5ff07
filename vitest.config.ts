import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    globalSetup: ['test/global-setup.ts'],
    // of two processors both: otherwise one is left to whoever watches
    maxWorkers: availableParallelism(),
    // what hangs is found by it, what takes long on a busy machine is not
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // what is waited for comes late on a busy machine, and only then: a second, which is the default, is no verdict
    expect: { poll: { timeout: 300_000, interval: 20 } },
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
})
