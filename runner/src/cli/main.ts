import { Command } from 'commander';

await new Command('plumb').version('0.1.0').parseAsync();
