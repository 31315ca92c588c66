import { readFileSync } from 'node:fs';
import { inRepository } from '../repository.mjs';
import { programs } from './build.mjs';

describe('bundles', () => {
  it.each(programs().map(({ name }) => name))('%s: no character beyond ASCII, which would double it in memory', (name) => {
    const bundle = readFileSync(inRepository('dist', name, 'bundle.js'), 'latin1');
    const [beyond] = /.{0,40}[\u0080-\u00ff].{0,40}/.exec(bundle) ?? [];
    expect(beyond).toBeUndefined();
  });

  // Written out by esbuild, it brings the error of one round of a loop back in every later one.
  it.each(programs().map(({ name }) => name))('%s: `using` is left to Node', (name) => {
    expect(readFileSync(inRepository('dist', name, 'bundle.js'), 'latin1')).not.toContain('__callDispose(');
  });
});
