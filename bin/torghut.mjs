#!/usr/bin/env node
// Entry of `npx torghut`: loads the compiled command line, compiling it first if this is a checkout
// whose install scripts were not run.
import { existsSync } from 'node:fs'

// The AWS SDK announces the end of its support for old Node versions on stderr; that is ours to track.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

const compiled = new URL('../dist/cli.mjs', import.meta.url)
if (!existsSync(compiled)) await import('../build.mjs')
await import(compiled.href)
