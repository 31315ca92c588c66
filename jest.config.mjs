import { availableParallelism } from 'node:os';

/** ES modules of ours and of npm all become CommonJS: jest's own support for ES modules is experimental. */
const transform = {
  '\\.[cm]?[jt]s$': [
    '@swc/jest',
    {
      module: { type: 'commonjs', importInterop: 'swc' },
      jsc: {
        // Node 24 knows everything up to here, `await using` too.
        target: 'esnext',
        parser: { syntax: 'typescript' },
      },
      sourceMaps: true,
    },
  ],
};

const shared = {
  testEnvironment: '<rootDir>/tools/test/environment.mjs',
  runtime: '<rootDir>/tools/test/runtime.mjs',
  extensionsToTreatAsEsm: [],
  setupFiles: ['<rootDir>/tools/test/suppressed-error.mjs'],
  transform,
  // Packages are loaded as they are.
  transformIgnorePatterns: ['/node_modules/(?!@arcbox/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/', '<rootDir>/.nx/'],
  testPathIgnorePatterns: ['/node_modules/'],
};

/** What takes long and is tested elsewhere in part: `npm run test:long` alone has these. */
const atLength = ['exchange', 'migrate-podman', 'prune-as-docker', 'userns', 'wordpress'].map((name) => `/tests/e2e/${name}\\.test\\.ts$`);
const onlyAtLength = process.env.ARCBOX_LONG === '1' ? [] : atLength;

/** @type {import('jest').Config} */
export default {
  // Nothing here is right or wrong by how fast the machine is: this only ends what hangs.
  testTimeout: 120_000,
  cacheDirectory: '.cache/jest',
  maxWorkers: Math.max(3, availableParallelism() / 2),
  testSequencer: '<rootDir>/tools/test/sequencer.mjs',
  reporters: ['default', '<rootDir>/tools/test/reporter.mjs'],
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps}/*/src/**/*.test.ts', '<rootDir>/tools/**/*.test.ts'] },
    { ...shared, displayName: 'integration', testMatch: ['<rootDir>/{libs,apps}/*/test/**/*.test.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/tests/e2e/**/*.test.ts'], testPathIgnorePatterns: [...shared.testPathIgnorePatterns, ...onlyAtLength] },
  ],
};
