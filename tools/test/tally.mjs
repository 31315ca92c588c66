/**
 * What came of a step.
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} skipped names, which say the reason
 */

/**
 * @param {Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  return {
    passed: tallies.reduce((all, { passed }) => all + passed, 0),
    failed: tallies.reduce((all, { failed }) => all + failed, 0),
    skipped: tallies.flatMap(({ skipped }) => skipped),
  };
}

/**
 * The closing line, in the form that CI reads.
 * @param {Tally} tally
 */
export const describeTally = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped.length} skipped`;

/**
 * @typedef {object} JestResults the part of jest's AggregatedResult that we read
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites files that failed before their first test
 * @property {{ testResults: { status: string, fullName: string }[] }[]} testResults
 */

/**
 * @param {JestResults} results
 * @returns {Tally}
 */
export function tallyOf({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) {
  return {
    passed: numPassedTests,
    failed: numFailedTests + numRuntimeErrorTestSuites,
    skipped: testResults
      .flatMap(({ testResults: tests }) => tests)
      .filter(({ status }) => status === 'pending' || status === 'todo' || status === 'skipped')
      .map(({ fullName }) => fullName),
  };
}
