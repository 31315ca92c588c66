import { parsePlace } from './place.ts';
import { planCopy } from './plan.ts';
import { renamer } from './rename.ts';

describe('places', () => {
  test.each([
    ['web:/etc', { kind: 'container', container: 'web', path: '/etc' }],
    ['web:etc:more', { kind: 'container', container: 'web', path: 'etc:more' }],
    ['./web:/etc', { kind: 'local', path: './web:/etc' }],
    ['/a:b', { kind: 'local', path: '/a:b' }],
    ['plain', { kind: 'local', path: 'plain' }],
    ['-', { kind: 'stream' }],
  ])('%s', (text, place) => expect(parsePlace(text)).toEqual(place));

  test.each(['', ':/etc', 'web:'])('%j is none', (text) => {
    expect(() => parsePlace(text)).toThrow(expect.objectContaining({ kind: 'invalid-argument' }));
  });
});

describe('plans', () => {
  const directory = { isDirectory: true, name: 'd' };
  const content = { isDirectory: true, name: '.' };
  const file = { isDirectory: false, name: 'f' };
  const at = (path: string, is?: 'directory' | 'file') => ({ path, exists: is !== undefined, isDirectory: is === 'directory' });

  test.each([
    [file, at('/w', 'directory'), { directory: '/w', name: 'f' }],
    [file, at('/w/x', 'file'), { directory: '/w', name: 'x' }],
    [file, at('/w/new'), { directory: '/w', name: 'new' }],
    [directory, at('/w', 'directory'), { directory: '/w', name: 'd' }],
    [content, at('/w', 'directory'), { directory: '/w', name: '' }],
    [directory, at('/w/new/'), { directory: '/w', name: 'new' }],
    [content, at('/w/new'), { directory: '/w', name: 'new' }],
  ])('%j to %j', (source, target, plan) => expect(planCopy(source, target)).toEqual(plan));

  test.each([
    [directory, at('/w/x', 'file'), 'cannot copy a directory to /w/x, which is none'],
    [file, at('/w/new/'), 'no such directory: /w/new/'],
  ])('%j to %j is refused', (source, target, message) => expect(() => planCopy(source, target)).toThrow(message));
});

test('files get the name that is wanted, and no other way in', () => {
  const rename = renamer('old', 'new');
  expect(['old', 'old/', 'old/a/b'].map(rename)).toEqual(['new', 'new', 'new/a/b']);
  expect(['./', './a'].map(renamer('.', ''))).toEqual(['', 'a']);
  expect(['/', '/a'].map(renamer('/', 'x'))).toEqual(['x', 'x/a']);
  expect(() => rename('old/../../etc/passwd')).toThrow(expect.objectContaining({ kind: 'invalid-argument' }));
});
