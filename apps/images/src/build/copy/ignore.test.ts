import { openPlayground } from '../../../test/file-tree.ts';
import { directoryTree } from './directory-tree.ts';
import { readIgnore } from './ignore.ts';

describe('what stays out of a context', () => {
  const playground = openPlayground();
  afterAll(() => playground[Symbol.dispose]());
  const lists = { '.dockerignore': 'all', 'Dockerfile.dockerignore': 'usual', 'other.dockerignore': 'other' };
  const tree = directoryTree(playground.plant('context', lists));

  it.each<[string, Parameters<typeof readIgnore>[1], string]>([
    ['the usual Dockerfile', { dockerfile: '' }, 'usual'],
    ['another', { dockerfile: 'other' }, 'other'],
    ['one without a list of its own', { dockerfile: 'third' }, 'all'],
    ['one that is not in the context', { dockerfile: '', dockerfileContent: Buffer.from('FROM scratch') }, 'all'],
    ['one that brings its own', { dockerfile: '', dockerfileContent: Buffer.from('FROM scratch'), dockerignore: 'other' }, 'other'],
    ['one beside which it is not', { dockerfile: 'third', dockerignore: 'usual' }, 'usual'],
  ])('is what the list says for %s', (_, options, left) => {
    const ignore = readIgnore(tree, options);
    expect(['all', 'usual', 'other'].filter((name) => ignore?.excludes(name))).toEqual([left]);
  });
});
