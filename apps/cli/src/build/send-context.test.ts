import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, linkSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseIgnore } from '@arcbox/dockerignore';
import { type BuildContextFile, BuildContextFileType as Type, type BuildRequest, type DeepPartial } from '@arcbox/proto/arcbox/engine/v1/build';
import { eventually, openFiles } from '@arcbox/testing';
import { sendFiles } from './send-context.ts';
import { type ContextEntry, walkContext } from './walk-context.ts';

describe('a context on its way', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'abx-context-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, content: string | Buffer = path): void {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  const walk = (ignored = '', always: string[] = []): Generator<ContextEntry> =>
    walkContext(root, { ignore: parseIgnore(ignored), always: new Set(always) });

  /** The listing, and the contents of those that are wanted. `before` runs when the listing is complete. */
  async function send(
    entries: Iterable<ContextEntry>,
    wants: (file: BuildContextFile) => boolean = () => false,
    before: () => void = () => {},
  ): Promise<{ files: BuildContextFile[]; contents: string }> {
    const upload = sendFiles(entries);
    const files: BuildContextFile[] = [];
    const pieces: Buffer[] = [];
    for await (const request of upload.requests() as AsyncIterable<BuildRequest>) {
      files.push(...(request.listing?.files ?? []));
      if (request.data) pieces.push(request.data);
      if (!request.listing?.complete) continue;
      before();
      upload.want({ files: files.flatMap((file, index) => (wants(file) ? [index] : [])), complete: true });
    }
    return { files, contents: Buffer.concat(pieces).toString() };
  }

  const names = async (entries: Iterable<ContextEntry>): Promise<string[]> => (await send(entries)).files.map(({ name }) => name.toString());
  const sha256 = (content: string): Buffer => createHash('sha256').update(content).digest();

  it('is a listing of files as they are; no sockets', async () => {
    write('bin/tool', 'x'.repeat(600_000));
    chmodSync(join(root, 'bin/tool'), 0o4751);
    symlinkSync('../nowhere', join(root, 'link'));
    lutimesSync(join(root, 'link'), 1_000_000_000, 1_000_000_000);
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const { files } = await send(walk());
    server.close();
    expect(files.map(({ name }) => name.toString())).toEqual(['bin', 'bin/tool', 'link', 'pipe']);
    const [, tool, link, pipe] = files;
    expect(tool).toMatchObject({ mode: 0o4751, size: 600_000n, sha256: sha256('x'.repeat(600_000)) });
    expect(link).toMatchObject({ type: Type.BUILD_CONTEXT_FILE_TYPE_SYMLINK, link: Buffer.from('../nowhere'), mtime: 1_000_000_000n });
    expect(pipe).toMatchObject({ type: Type.BUILD_CONTEXT_FILE_TYPE_FIFO, size: 0n, sha256: Buffer.alloc(0) });
  });

  it('names bytes of any encoding, and says which names are one file', async () => {
    const odd = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]);
    writeFileSync(odd, 'odd');
    write('first', 'one file');
    linkSync(join(root, 'first'), join(root, 'second'));
    const { files, contents } = await send(walk(), ({ size }) => size > 0n);
    expect(files).toMatchObject([
      { name: Buffer.from('first'), type: Type.BUILD_CONTEXT_FILE_TYPE_REGULAR },
      { name: Buffer.from('second'), type: Type.BUILD_CONTEXT_FILE_TYPE_HARD_LINK, link: Buffer.from('first'), size: 0n },
      { name: Buffer.from([0xff, 0xfe]), sha256: sha256('odd') },
    ]);
    expect(contents).toBe('one fileodd');
  });

  it('comes in parts, and of it only what is wanted', async () => {
    for (let i = 1000; i < 2100; i++) write(`f${i}`, `<${i}>`);
    const upload = sendFiles(walk());
    const parts: number[] = [];
    let sent = '';
    for await (const { listing, data } of upload.requests() as AsyncIterable<DeepPartial<BuildRequest>>) {
      if (listing) parts.push(listing.files?.length ?? 0);
      if (data) sent += data.toString();
      if (parts.length === 2) upload.want({ files: [0, 501], complete: false });
      if (listing?.complete) upload.want({ files: [1099], complete: true });
    }
    expect(parts).toEqual([500, 500, 100, 0]);
    expect(sent).toBe('<1000><1501><2099>');
    expect(() => upload.want({ files: [1100], complete: true })).toThrow('the engine asks for file 1100 of the context, which was not listed');
  });

  it('ends when the engine wants no more of it', async () => {
    write('a');
    const upload = sendFiles(walk());
    for await (const { listing } of upload.requests()) if (listing?.complete) upload.stop();
  });

  it('leaves out what is ignored, with directories that hold nothing else', async () => {
    for (const path of ['Dockerfile', '.dockerignore', 'node_modules/a/x.js', 'src/a.ts', 'src/a.test.ts', 'docs/deep/keep.md', 'docs/deep/drop.md', 'secret/only']) {
      write(path);
    }
    const ignored = '**\n!src\n!docs/**/keep.md\n**/*.test.ts';
    expect(await names(walk(ignored, ['Dockerfile', '.dockerignore']))).toEqual([
      '.dockerignore',
      'Dockerfile',
      'docs',
      'docs/deep',
      'docs/deep/keep.md',
      'src',
      'src/a.ts',
    ]);
  });

  it('brings a Dockerfile out of a directory that is ignored', async () => {
    write('build/Dockerfile');
    write('build/other');
    expect(await names(walk('build', ['build/Dockerfile']))).toEqual(['build', 'build/Dockerfile']);
  });

  it('says which file cannot be read', async () => {
    write('a');
    const missing = function* (): Generator<ContextEntry> {
      for (const entry of walk()) {
        rmSync(entry.path, { recursive: true });
        yield entry;
      }
    };
    const message = `cannot read ${join(root, 'a')}: no such file or directory`;
    await expect(send(missing())).rejects.toThrow(message);
    write('a');
    await expect(send(walk(), () => true, () => rmSync(join(root, 'a')))).rejects.toThrow(message);
  });

  it('fails when a file becomes shorter', async () => {
    write('a', 'long enough');
    const message = `cannot read ${join(root, 'a')}: it became shorter meanwhile`;
    const shrink = (): void => truncateSync(join(root, 'a'), 3);
    await expect(send(walk(), () => true, shrink)).rejects.toMatchObject({ kind: 'failed-precondition', message });
    for (const size of [100, 400_000]) {
      write('a', 'x'.repeat(size));
      const shrinking = function* (): Generator<ContextEntry> {
        for (const entry of walk()) {
          shrink();
          yield entry;
        }
      };
      await expect(send(shrinking())).rejects.toMatchObject({ kind: 'failed-precondition', message });
    }
  });

  it('holds little of it in memory, and stops when nobody reads on', async () => {
    const size = 300 * 1024 * 1024;
    write('large');
    truncateSync(join(root, 'large'), size);
    const upload = sendFiles(walk());
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const before = process.memoryUsage().arrayBuffers;
    const held = (): number => process.memoryUsage().arrayBuffers - before;
    let [read, most] = [0, 0];
    for await (const { listing, data } of upload.requests() as AsyncIterable<DeepPartial<BuildRequest>>) {
      if (listing?.complete) upload.want({ files: [0], complete: true });
      read += data?.length ?? 0;
      // What was read is freed when it suits the garbage collector.
      if (held() > size / 20) collectGarbage();
      most = Math.max(most, held());
      await new Promise((resolve) => setImmediate(resolve));
      if (read > size / 2) break;
    }
    expect(most).toBeLessThan(size / 10);
    await eventually(() => expect(openFiles()).not.toContain(join(root, 'large')));
  });
});

