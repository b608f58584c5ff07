// `npm run sim`: compiles the simulator the way the command line is compiled, then runs it.
import { buildSimulator } from './sim-build.mjs'

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
await import(await buildSimulator('test/simulation/sim/main.ts', 'dist/sim/main.mjs'))
