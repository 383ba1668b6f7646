import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    // Ink draws only its last frame where it takes the machine for one that builds.
    env: { CI: 'false', CONTINUOUS_INTEGRATION: 'false' },
    globalSetup: ['test/support/build.ts'],
    pool: 'forks',
    // Most of what they do is wait for processes.
    maxWorkers: 4,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'html'] },
  },
});
