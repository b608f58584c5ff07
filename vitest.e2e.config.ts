import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    // what hangs is found by it, what takes long on a busy machine is not; a hook may fetch the emulator first
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    fileParallelism: false,
    bail: 1,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
})
