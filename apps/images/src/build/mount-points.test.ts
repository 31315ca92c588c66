import { lstatSync } from 'node:fs';
import { describeIf } from '@arcbox/testing';
import { openPlayground, survey } from '../../test/file-tree.ts';
import { missingPlaces, removePlaces } from './mount-points.ts';

describeIf(['root'], 'places that a RUN was given for its mounts', () => {
  const playground = openPlayground();
  afterAll(() => playground[Symbol.dispose]());

  it('are gone afterwards, unless something is in them', () => {
    const root = playground.plant('root', { 'there/': '' });
    const places = missingPlaces(root, ['/there/new/deep', '/kept']).filter(({ path }) => /new|kept/.test(path));
    expect(places.map(({ path }) => path)).toEqual(['/kept', '/there/new', '/there/new/deep']);
    playground.plant('root', { 'there/new/deep/': '', 'kept/file': 'mine' });
    removePlaces(root, places);
    expect(survey(root)).toEqual(['755 0:0 kept/', '644 0:0 kept/file = mine']);
  });

  it('are not looked for behind links that the program put there', () => {
    const outside = playground.plant('outside', { empty: '', 'directory/': '' });
    const before = lstatSync(outside, { bigint: true });
    const upper = playground.plant('upper', { away: `-> ${outside}`, 'in/away': `-> ${outside}` });
    removePlaces(upper, ['/away/empty', '/away/directory', '/in/away/empty'].map((path) => ({ path, above: [] })));
    expect(survey(outside)).toEqual(['755 0:0 directory/', '644 0:0 empty = ']);
    expect(lstatSync(outside, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
  });
});
