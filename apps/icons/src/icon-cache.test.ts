import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { temporaryRoot } from '@arcbox/testing';
import { IconCache } from './icon-cache.ts';

const id = 'docker.io/library/nginx';
const minute = 60_000;
const hour = 60 * minute;
const picture = { url: 'https://x/nginx.svg', source: 'devicon', certain: true } as const;
const none = { url: '', source: 'not_found', certain: true } as const;

describe('what is known of icons', () => {
  let now = 0;
  const open = () => {
    const stack = new DisposableStack();
    const root = temporaryRoot();
    stack.defer(() => void root[Symbol.asyncDispose]());
    const cache = new IconCache(stack.use(openStore(join(root.path, 'state.db'))), { now: () => now, most: 40 });
    return { cache, [Symbol.dispose]: () => stack.dispose() };
  };

  it.each([
    ['a picture for seven days', picture, 7 * 24 * hour],
    ['none for six hours', none, 6 * hour],
    ['a picture that may not be the best for five minutes', { ...picture, certain: false }, 5 * minute],
    ['none that may be wrong for five minutes', { ...none, certain: false }, 5 * minute],
  ])('is good: %s', (_, found, age) => {
    using opened = open();
    const known = opened.cache.keep(id, found);
    now += age - 1;
    expect(opened.cache.isGood(known)).toBe(true);
    now += 1;
    expect(opened.cache.isGood(known)).toBe(false);
    expect(opened.cache.get(id)).toMatchObject({ url: found.url, source: found.source });
  });

  it('does not go for a doubt, but for better knowledge', () => {
    using opened = open();
    opened.cache.keep(id, picture);
    expect(opened.cache.keep(id, { ...none, certain: false })).toMatchObject({ url: picture.url, source: 'devicon' });
    expect(opened.cache.keep(id, none)).toMatchObject({ url: '', source: 'not_found' });
  });

  it('has bounds: those go that were good until long ago', () => {
    using opened = open();
    opened.cache.keep('docker.io/library/oldest', none);
    now += hour;
    for (let index = 0; index < 40; index++) opened.cache.keep(`docker.io/library/n${index}`, none);
    expect(opened.cache.get('docker.io/library/oldest')).toBeUndefined();
    expect(opened.cache.get('docker.io/library/n39')).toBeDefined();
  });
});
