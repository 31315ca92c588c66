import { readFileSync } from 'node:fs';
import { inRepository } from '../repository.mjs';
import { programs } from './build.mjs';

describe('bundles', () => {
  it.each(programs().map(({ name }) => name))('%s: no character beyond ASCII, which would double it in memory', (name) => {
    const bundle = readFileSync(inRepository('dist', name, 'bundle.js'), 'latin1');
    const [beyond] = /.{0,40}[\u0080-\u00ff].{0,40}/.exec(bundle) ?? [];
    expect(beyond).toBeUndefined();
  });
});
