/** Imported before `plugins/index.ts`, and so run before it. */
import { fixIntrinsics } from '../lib/strategy/fix-intrinsics.ts'

fixIntrinsics()
