#!/usr/bin/env node
// `npm test`: sets up what is missing and runs every check there is, each to its end. `npm test -- ARGS` gives ARGS to
// jest and runs the tests they choose, and nothing else.
import { setup } from './setup.mjs';
import { runJest } from './test/jest.mjs';
import { describeTally, sum } from './test/tally.mjs';
import { runTarget } from './test/target.mjs';

/** @typedef {import('./test/tally.mjs').Tally} Tally */

const chosen = process.argv.slice(2);

/** @typedef {{ name: string, run: (node: string) => Promise<Tally> }} Step */

/** @type {Step[]} */
const checks = [
  { name: 'lint', run: (node) => runTarget(node, 'lint') },
  { name: 'type check', run: (node) => runTarget(node, 'typecheck') },
  { name: 'proto checks', run: (node) => runTarget(node, 'proto') },
];
/** @type {Step} */
const tests = { name: 'tests', run: (node) => runJest(node, chosen) };

/** @type {Tally[]} */
const tallies = [await step('set-up', async () => (await setup({ for: 'test' }), { passed: 1, failed: 0, skipped: [] }))];
if (tallies[0]?.failed === 0) {
  const { findPinnedNode } = await import('./setup/pinned-node.mjs');
  const node = findPinnedNode();
  // Each of the checks keeps one core busy, so they go beside the tests.
  const lanes = chosen.length > 0 ? [[tests]] : [checks, [tests]];
  tallies.push(...(await Promise.all(lanes.map((steps) => inTurn(node, steps)))).flat());
}

const total = sum(tallies);
if (total.skipped.length > 0) console.log(`\nskipped:\n${total.skipped.map((name) => `  ${name}`).join('\n')}`);
console.log(`\n${describeTally(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;

/**
 * @param {string} node
 * @param {Step[]} steps
 */
async function inTurn(node, steps) {
  const done = [];
  for (const { name, run } of steps) done.push(await step(name, () => run(node)));
  return done;
}

/**
 * Runs one step under a header. A step that throws is one that failed.
 * @param {string} name
 * @param {() => Promise<Tally>} run
 * @returns {Promise<Tally>}
 */
async function step(name, run) {
  console.log(`\n=== ${name}`);
  const started = performance.now();
  /** @type {Tally} */
  let tally = { passed: 0, failed: 1, skipped: [] };
  try {
    tally = await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`--- ${name} ${tally.failed === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  return tally;
}
