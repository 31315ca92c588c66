import { ImpliedDirectories } from './implied-directories.ts';

describe('implied directories', () => {
  it('are those that files lie in, up to the root, without those that have an entry', () => {
    const stated = new Set<string>();
    const implied = new ImpliedDirectories((name) => stated.has(name));
    const state = (name: string): void => {
      stated.add(name);
      implied.delete(name);
    };
    state('usr');
    for (const directory of ['usr', 'usr/share/doc', 'usr/share/doc', 'opt/x', 'opt']) implied.see(directory);
    state('opt/x');
    expect(implied.names().sort()).toEqual(['', 'opt', 'usr/share', 'usr/share/doc']);
    state('');
    implied.see('new');
    expect(implied.names()).toEqual(['opt', 'new', 'usr/share', 'usr/share/doc']);
  });

  it('are told of from the root on when there are too many', () => {
    const implied = new ImpliedDirectories(() => false);
    for (let i = 0; i < 12_000; i++) implied.see(`deep/in/d${i}`);
    implied.see('top');
    const names = implied.names();
    expect(names).toHaveLength(10_000);
    expect(names.slice(0, 4).sort()).toEqual(['', 'deep', 'deep/in', 'top']);
  });
});
