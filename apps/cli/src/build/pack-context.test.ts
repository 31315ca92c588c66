import { execFileSync } from 'node:child_process';
import { chmodSync, lutimesSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseIgnore } from '@arcbox/dockerignore';
import { eventually } from '@arcbox/testing';
import { packContext } from './pack-context.ts';
import { walkContext } from './walk-context.ts';

describe('a context as an archive', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'abx-context-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, content: string | Buffer = path): void {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  async function archive(ignored = '', always: string[] = []): Promise<Buffer> {
    const selection = { ignore: parseIgnore(ignored), always: new Set(always) };
    const pieces: Buffer[] = [];
    for await (const piece of packContext(walkContext(root, selection))) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces);
  }

  const list = (content: Buffer, ...flags: string[]): string[] =>
    execFileSync('tar', ['t', ...flags], { input: content, env: { ...process.env, TZ: 'UTC' } }).toString().trim().split('\n');

  it('has files as they are, but owned by root; no sockets', async () => {
    write('bin/tool', 'x'.repeat(200_000));
    chmodSync(join(root, 'bin/tool'), 0o4751);
    write(`${'long/'.repeat(40)}name`);
    symlinkSync('../nowhere', join(root, 'link'));
    lutimesSync(join(root, 'link'), 1_000_000_000, 1_000_000_000);
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const content = await archive();
    server.close();
    const lines = list(content, '-v', '--numeric-owner');
    expect(lines.find((line) => line.endsWith(' bin/tool'))).toMatch(/^-rwsr-x--x 0\/0 +200000 /);
    expect(lines.find((line) => line.includes(' link '))).toMatch(/^lrwxrwxrwx 0\/0 +0 2001-09-09 01:46 link -> \.\.\/nowhere$/);
    expect(lines.find((line) => line.endsWith(' pipe'))).toMatch(/^prw/);
    expect(list(content)).toEqual(expect.arrayContaining(['bin/', 'bin/tool', `${'long/'.repeat(40)}name`]));
    expect(lines.some((line) => line.endsWith(' socket'))).toBe(false);
  });

  it('leaves out what is ignored, with directories that hold nothing else', async () => {
    for (const path of ['Dockerfile', '.dockerignore', 'node_modules/a/x.js', 'src/a.ts', 'src/a.test.ts', 'docs/deep/keep.md', 'docs/deep/drop.md', 'secret/only']) {
      write(path);
    }
    const ignored = '**\n!src\n!docs/**/keep.md\n**/*.test.ts';
    expect(list(await archive(ignored, ['Dockerfile', '.dockerignore']))).toEqual([
      '.dockerignore',
      'Dockerfile',
      'docs/',
      'docs/deep/',
      'docs/deep/keep.md',
      'src/',
      'src/a.ts',
    ]);
  });

  it('brings a Dockerfile out of a directory that is ignored', async () => {
    write('build/Dockerfile');
    write('build/other');
    expect(list(await archive('build', ['build/Dockerfile']))).toEqual(['build/', 'build/Dockerfile']);
  });

  it('says which file cannot be read', async () => {
    write('a');
    const missing = (function* () {
      for (const entry of walkContext(root, { ignore: parseIgnore(''), always: new Set() })) {
        rmSync(entry.file, { recursive: true, force: true });
        yield entry;
      }
    })();
    await expect(async () => {
      for await (const _piece of packContext(missing));
    }).rejects.toThrow(`cannot read ${join(root, 'a')}: no such file or directory`);
  });

  it('holds little of it in memory, and stops when nobody reads on', async () => {
    const size = 400 * 1024 * 1024;
    write('large');
    truncateSync(join(root, 'large'), size);
    let read = 0;
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    const selection = { ignore: parseIgnore(''), always: new Set<string>() };
    for await (const piece of packContext(walkContext(root, selection))) {
      read += piece.length;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      await new Promise((resolve) => setImmediate(resolve));
      if (read > size / 2) break;
    }
    // What was read is freed when it suits the garbage collector.
    expect(most).toBeLessThan(size / 3);
    await eventually(() => expect(openFiles()).not.toContain(join(root, 'large')));
  });
});

/** What this process has open; descriptors come and go meanwhile. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
}
