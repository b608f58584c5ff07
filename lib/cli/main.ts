/** The command line `torghut`: one file per verb, put together here. */
import { Command } from 'commander'

await new Command('torghut').description('Trading strategies as serverless functions').parseAsync()
