import { ArchiveFiles } from './archive.ts';

describe('the files of an archive', () => {
  const tooMany = { kind: 'invalid-argument', message: 'the archive holds more than 10000 files' };

  it.each<[string, (files: ArchiveFiles, name: string) => void]>([
    ['files', (files, name) => files.add(name, '/x', 1)],
    ['links', (files, name) => files.link(name, 'x')],
  ])('are no more than can be kept in mind: %s', (_, add) => {
    const files = new ArchiveFiles();
    for (let number = 0; number < 10_000; number++) add(files, String(number));
    expect(() => add(files, 'last')).toThrow(expect.objectContaining(tooMany));
  });
});
