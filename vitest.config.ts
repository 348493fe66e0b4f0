import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The native part of the Temporal SDK does not survive several threads in one process.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
