import TestSequencer from '@jest/test-sequencer';

/** Those of a whole engine take longest, so they begin; small ones fill up what the last of them leave of the processors. */
const order = ['e2e', 'integration', 'unit'];

/** Sorts the files of tests; within a kind as jest does: by how long they took, or how large they are. */
export default class LongestFirst extends TestSequencer {
  /**
   * @override
   * @param {import('@jest/test-result').Test[]} tests
   */
  async sort(tests) {
    const sorted = await super.sort(tests);
    return sorted.toSorted((a, b) => kindOf(a) - kindOf(b));
  }
}

/** @param {import('@jest/test-result').Test} test */
const kindOf = ({ context }) => order.indexOf(context.config.displayName?.name ?? '');
