import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { itIf } from '@arcbox/testing';
import { decompress } from './decompress.ts';
import { readTar } from './read-tar.ts';
import { type TarItem, writeTar } from './tar-writer.ts';

const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 1_000_000_000, link: '', major: 0, minor: 0, xattrs: new Map<string, string>() };

function file(name: string, content: Buffer): TarItem {
  return { entry: { ...plain, name, type: '0', size: content.length }, content };
}

async function archiveOf(items: TarItem[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeTar(items)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const childrenOf = (): string[] => readFileSync('/proc/thread-self/children', 'utf8').split(' ').filter(Boolean);
const namesOf = (pids: string[]): string => (pids.length === 0 ? '' : execFileSync('ps', ['-o', 'comm=', '-p', pids.join(',')], { encoding: 'utf8' }));

describe('an archive that is not read to its end', () => {
  it('ends what it comes from', async () => {
    const archive = await archiveOf([file('a', Buffer.from('1')), file('b', Buffer.from('2'))]);
    let isOver = false;
    async function* input(): AsyncGenerator<Buffer, void, undefined> {
      try {
        for (let at = 0; at < archive.length; at += 512) yield archive.subarray(at, at + 512);
      } finally {
        isOver = true;
      }
    }
    for await (const { name } of readTar(input())) if (name === 'a') break;
    expect(isOver).toBe(true);
  });

  itIf(['igzip'], 'leaves no program that decompresses it', async () => {
    const archive = gzipSync(await archiveOf([file('a', Buffer.from('1')), file('b', randomBytes(8 << 20))]));
    async function* input(): AsyncGenerator<Buffer, void, undefined> {
      for (let at = 0; at < archive.length; at += 65_536) yield archive.subarray(at, at + 65_536);
    }
    for await (const { name } of readTar(decompress(input()))) if (name === 'a') break;
    expect(namesOf(childrenOf())).not.toContain('igzip');
  });
});
