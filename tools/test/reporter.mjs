import { writeFileSync } from 'node:fs';

import { tallyOf } from './tally.mjs';

/**
 * Writes the tally of a jest run to the file that ARCBOX_TALLY names. (`jest --json` would do, if it did not
 * end without a word on an error that refers to itself.)
 */
export default class TallyReporter {
  /**
   * @param {unknown} _contexts
   * @param {import('./tally.mjs').JestResults} results
   */
  onRunComplete(_contexts, results) {
    const path = process.env['ARCBOX_TALLY'];
    if (path) writeFileSync(path, JSON.stringify(tallyOf(results)));
  }
}
