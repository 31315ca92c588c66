import { parseIgnore } from './ignore.ts';

const excludes = (text: string, ...paths: string[]): string[] => paths.filter((path) => parseIgnore(text).excludes(path));

describe('.dockerignore', () => {
  it('leaves out what a line names, and everything below it', () => {
    expect(excludes('node_modules\n/dist/\n./tmp/../log\n', 'node_modules', 'node_modules/a/b', 'node_modules2', 'a/node_modules', 'dist/x', 'log')).toEqual([
      'node_modules',
      'node_modules/a/b',
      'dist/x',
      'log',
    ]);
  });

  it('knows * and ? within a name and ** across directories', () => {
    expect(excludes('*/temp*', 'a/temporary.txt', 'temp', 'a/b/temp')).toEqual(['a/temporary.txt']);
    expect(excludes('temp?', 'tempa', 'temp', 'temp/')).toEqual(['tempa']);
    expect(excludes('**/*.go', 'main.go', 'a/b/main.go', 'main.goo')).toEqual(['main.go', 'a/b/main.go']);
    expect(excludes('a/**/z', 'a/z', 'a/b/c/z', 'az', 'a/b/zz')).toEqual(['a/z', 'a/b/c/z']);
    expect(excludes('a/**', 'a/b', 'a/b/c', 'b')).toEqual(['a/b', 'a/b/c']);
    expect(excludes('**', 'a', 'a/b')).toEqual(['a', 'a/b']);
    expect(excludes('**/build', 'build', 'x/build/y', 'rebuild')).toEqual(['build', 'x/build/y']);
  });

  it('knows lists of characters and quoted ones', () => {
    expect(excludes('[a-c]x', 'ax', 'dx', '/x')).toEqual(['ax']);
    expect(excludes('[^a-c]x', 'ax', 'dx')).toEqual(['dx']);
    expect(excludes('a\\*b', 'a*b', 'aab')).toEqual(['a*b']);
    expect(excludes('*.c++\n(a|b)', 'x.c++', '(a|b)', 'a')).toEqual(['x.c++', '(a|b)']);
  });

  it('takes case and names that mean something elsewhere as they are', () => {
    expect(excludes('README.md\nconstructor', 'readme.md', 'README.md', 'constructor', 'toString')).toEqual(['README.md', 'constructor']);
  });

  it('lets the last line decide', () => {
    expect(excludes('*.md\n!README*.md\nREADME-secret.md', 'a.md', 'README.md', 'README-secret.md')).toEqual(['a.md', 'README-secret.md']);
    expect(excludes('*\n!src\nsrc/**/*.test.ts', 'a', 'src', 'src/a.ts', 'src/b/a.test.ts')).toEqual(['a', 'src/b/a.test.ts']);
  });

  it('skips comments, blank lines, a byte order mark and a lone dot', () => {
    expect(excludes('\ufeffa\r\n# b\n\n  c  \n.\n', 'a', 'b', '# b', 'c', 'd')).toEqual(['a', 'c']);
  });

  it('knows below which directories something is taken in again', () => {
    const ignore = parseIgnore('*\n!src/lib/**/*.ts\n!docs');
    expect(['src', 'src/lib', 'src/lib/deep', 'docs', 'docs/x'].filter((path) => ignore.includesBelow(path))).toHaveLength(5);
    expect(['node_modules', 'src/other', 'doc'].filter((path) => ignore.includesBelow(path))).toEqual([]);
  });

  it('says which line cannot be read', () => {
    expect(() => parseIgnore('[a')).toThrow('.dockerignore: cannot read pattern [a: see character 1');
    expect(() => parseIgnore('[z-a]')).toThrow('z-a is no range');
    expect(() => parseIgnore('a\n!')).toThrow('nothing follows the !');
  });

  it('is not slowed down by a pattern made for that', () => {
    const hostile = parseIgnore(`${'**/a*a*'.repeat(30)}b`);
    expect(hostile.excludes('a/'.repeat(500) + 'a'.repeat(500))).toBe(false);
  });
});
