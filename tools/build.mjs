// `nx run arcbox:build`: what set-up does before a start, without the rest of set-up.
import { build } from './setup/build.mjs';
import { findPinnedNode } from './setup/pinned-node.mjs';
import { generateStubs } from './setup/stubs.mjs';

await generateStubs({ node: findPinnedNode(), log: console.log });
await build({ log: console.log });
