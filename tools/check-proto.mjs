// `nx run arcbox:proto`: the proto files are well kept, the contract has only grown, the stubs are current.
import { findPinnedNode } from './setup/pinned-node.mjs';
import { buf, checkStubs } from './setup/stubs.mjs';

const node = findPinnedNode();

/** @type {[name: string, check: () => Promise<unknown>][]} */
const checks = [
  ['buf lint', () => buf(node, ['lint'])],
  ['buf breaking, against contract/seeds.binpb', () => buf(node, ['breaking', '--against', 'contract/seeds.binpb'])],
  ['stubs are current', () => checkStubs({ node })],
];

for (const [name, check] of checks) {
  try {
    await check();
    console.log(`ok: ${name}`);
  } catch (error) {
    console.error(`not ok: ${name}\n${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
