/** The vendor of the command line: verbs and flags are built from these, in main.ts and flags.ts. */
export { Argument, Command, CommanderError, Option } from 'commander';
