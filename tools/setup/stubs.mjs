import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, delimiter } from 'node:path';

import { inRepository } from '../repository.mjs';
import { run } from './run.mjs';
import { filesBelow, hashContents, readStamp, writeStamp } from './stamp.mjs';

const proto = inRepository('libs/proto');
const generated = inRepository('libs/proto/gen');
const descriptors = inRepository('libs/proto/gen/descriptor.binpb');
/** The same for import by programs, which are bundled. */
const descriptorModule = inRepository('libs/proto/gen/descriptor.ts');

/**
 * Generates the TypeScript stubs and the descriptor set (for reflection) from the proto files, unless they are current.
 * @param {{ node: string, log: (line: string) => void }} options
 */
export async function generateStubs({ node, log }) {
  const hash = hashOfInputs();
  if (readStamp('stubs') === hash && existsSync(descriptorModule)) return;
  log('generating stubs: buf generate');
  await buf(node, ['generate']);
  await buf(node, ['build', '--as-file-descriptor-set', '-o', descriptors]);
  const base64 = readFileSync(descriptors, 'base64');
  writeFileSync(descriptorModule, `export const descriptorBase64 =\n  '${base64}';\n`);
  writeStamp('stubs', hash);
}

/**
 * Generates the stubs once more beside the others and compares: throws when libs/proto/gen is not what the proto files
 * say.
 * @param {{ node: string }} options
 */
export async function checkStubs({ node }) {
  const fresh = inRepository('.cache/stubs');
  rmSync(fresh, { recursive: true, force: true });
  await buf(node, ['generate', '-o', fresh]);
  const stale = stubsBelow(`${fresh}/gen`).filter(([name, text]) => !isSame(`${generated}/${name}`, text));
  const known = new Set(stubsBelow(`${fresh}/gen`).map(([name]) => name));
  const left = stubsBelow(generated).filter(([name]) => !known.has(name) && !name.startsWith('descriptor.'));
  const wrong = [...stale, ...left].map(([name]) => name);
  if (wrong.length > 0) throw new Error(`stubs in libs/proto/gen are not current: ${wrong.join(', ')}`);
}

/**
 * @param {string} directory
 * @returns {[name: string, content: Buffer][]}
 */
const stubsBelow = (directory) =>
  filesBelow(directory).map((path) => [path.slice(directory.length + 1), readFileSync(path)]);

/**
 * @param {string} path
 * @param {Buffer} content
 */
const isSame = (path, content) => existsSync(path) && readFileSync(path).equals(content);

/**
 * Runs buf in libs/proto. Plugins are scripts that say `env node`: they get the pinned one.
 * @param {string} node
 * @param {string[]} args
 */
export const buf = (node, args) =>
  run(node, [inRepository('node_modules/@bufbuild/buf/bin/buf'), ...args], {
    cwd: proto,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });

function hashOfInputs() {
  return hashContents([
    ...filesBelow(`${proto}/proto`),
    ...['buf.yaml', 'buf.gen.yaml'].map((name) => `${proto}/${name}`).filter((path) => existsSync(path)),
    inRepository('node_modules/@bufbuild/buf/package.json'),
    inRepository('node_modules/ts-proto/package.json'),
    inRepository('tools/setup/stubs.mjs'),
  ]);
}
