import TestSequencer from '@jest/test-sequencer';

/**
 * Puts the files of tests in an order that keeps the processors busy: those of a whole engine, which compute, among
 * those of one worker, which often wait; within a kind as jest does, by how long they took or how large they are. The
 * small ones come last, and fill up what the others leave.
 */
export default class EvenSequencer extends TestSequencer {
  /**
   * @override
   * @param {import('@jest/test-result').Test[]} tests
   */
  async sort(tests) {
    const sorted = await super.sort(tests);
    const { e2e = [], integration = [], ...others } = Object.groupBy(sorted, ({ context }) => context.config.displayName?.name ?? '');
    const large = [e2e, integration].flatMap(spread).toSorted((a, b) => a.at - b.at);
    return [...large.map(({ test }) => test), ...Object.values(others).flatMap((some = []) => some)];
  }
}

/**
 * Each with its place between 0 and 1.
 * @param {import('@jest/test-result').Test[]} tests
 */
const spread = (tests) => tests.map((test, index) => ({ test, at: (index + 0.5) / tests.length }));
