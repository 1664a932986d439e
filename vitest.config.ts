import { defineConfig } from 'vitest/config';
import { raisedCodes } from './tests/support/raised-codes-plugin.ts';

const conditions = ['@plumbline/source'];

export default defineConfig({
  plugins: [raisedCodes()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      '{contracts,formats,ministack,runner}/src/**/*.test.ts',
      'steps/*/src/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    globalSetup: ['tests/support/docker-suite.ts'],
    pool: 'forks',
    // Most of the time is waiting for real services; the processors are idle meanwhile.
    maxWorkers: 5,
    // A hang ends here; nothing is said of how fast a machine is.
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
});
