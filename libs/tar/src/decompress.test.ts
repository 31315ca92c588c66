import { gzipSync, zstdCompressSync } from 'node:zlib';
import { decompress } from './decompress.ts';

describe('decompressing', () => {
  const compressions: [string, (content: Buffer) => Buffer][] = [
    ['plain', (content) => content],
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ];

  it.each(compressions)('lets go of its input when nobody wants more: %s', async (_, compress) => {
    const content = compress(Buffer.alloc(32 * 2 ** 20));
    let isOpen = true;
    const input = async function* (): AsyncGenerator<Buffer, void, undefined> {
      try {
        for (;;) yield content;
      } finally {
        isOpen = false;
      }
    };
    for await (const piece of decompress(input())) if (piece.length > 0) break;
    expect(isOpen).toBe(false);
  });

  it('does not wait for input that may never come when nobody wants more', async () => {
    const arrival = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const input = async function* (): AsyncGenerator<Buffer, void, undefined> {
      try {
        yield zstdCompressSync(Buffer.from('the first frame'));
        await arrival.promise;
        yield zstdCompressSync(Buffer.from('the second'));
      } finally {
        over.resolve();
      }
    };
    for await (const piece of decompress(input())) if (piece.length > 0) break;
    arrival.resolve();
    await over.promise;
  });

  it.each(compressions)('takes input that uses its memory again: %s', async (_, compress) => {
    const content = compress(Buffer.from('abc'.repeat(1000)));
    const input = async function* (): AsyncGenerator<Buffer, void, undefined> {
      const piece = Buffer.alloc(3);
      for (let at = 0; at < content.length; at += 3) {
        yield piece.subarray(0, content.copy(piece, 0, at));
        piece.fill(0);
      }
    };
    let text = '';
    for await (const piece of decompress(input())) text += piece.toString();
    expect(text).toBe('abc'.repeat(1000));
  });
});
