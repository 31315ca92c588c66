import { gzipSync } from 'node:zlib';
import { encodeHeader } from '@arcbox/tar';
import { isArchive, peek } from './standard-input.ts';

async function* pieces(...texts: (string | Buffer)[]) {
  for (const text of texts) yield Buffer.from(text);
}

describe('standard input of a build', () => {
  it('is an archive or a Dockerfile', async () => {
    const file = { name: 'Dockerfile', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, type: '0', link: '', major: 0, minor: 0 };
    const { head } = await peek(pieces(encodeHeader(file, 'pax'), Buffer.alloc(1024)));
    expect(isArchive(head)).toBe(true);
    expect(isArchive(gzipSync('x'))).toBe(true);
    expect(isArchive(Buffer.alloc(1024))).toBe(true);
    expect(isArchive(Buffer.from('FROM busybox\nRUN true\n'.repeat(100)))).toBe(false);
    expect(isArchive(Buffer.from(''))).toBe(false);
  });

  it('is whole after a look at its beginning', async () => {
    const { head, all } = await peek(pieces('a'.repeat(300), 'b'.repeat(300), 'c'));
    expect(head).toHaveLength(600);
    let text = '';
    for await (const piece of all) text += Buffer.from(piece).toString();
    expect(text).toBe(`${'a'.repeat(300)}${'b'.repeat(300)}c`);
  });
});
