import { describeTally, sum, tallyOf } from './tally.mjs';

describe('tally', () => {
  const results = {
    numPassedTests: 1,
    numFailedTests: 1,
    numRuntimeErrorTestSuites: 1,
    testResults: [
      {
        testResults: [
          { status: 'passed', fullName: 'a' },
          { status: 'failed', fullName: 'b' },
          { status: 'pending', fullName: 'containers (needs root) run' },
        ],
      },
      { testResults: [] },
    ],
  };

  it('counts a file that cannot be loaded as failed, and names what was skipped', () => {
    expect(tallyOf(results)).toEqual({ passed: 1, failed: 2, skipped: ['containers (needs root) run'] });
  });

  it('closes with the line that CI reads', () => {
    const steps = [{ passed: 1, failed: 0, skipped: [] }, tallyOf(results)];
    expect(describeTally(sum(steps))).toBe('2 passed, 2 failed, 1 skipped');
  });
});
