import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BuildContextFileType as Type } from '@arcbox/proto/arcbox/engine/v1/build';
import { describeIf, eventually, openFiles } from '@arcbox/testing';
import { Status } from 'nice-grpc';
import { checkStore } from './check.ts';
import { type Engine, startEngine } from './engine.ts';
import { startImagesProcess } from './images-process.ts';
import { buildArchive, buildListed, type TestFile } from './listed-build.ts';
import { makeTar } from './tar.ts';

const dockerfile = (text: string): TestFile => ({ name: 'Dockerfile', content: `FROM scratch\n${text}\n` });
const text = (): string => randomBytes(8).toString('hex');
const directory = { type: Type.BUILD_CONTEXT_FILE_TYPE_DIRECTORY };

/** What lies in a directory of the store. */
const filesIn = ({ state }: { state: string }, name: string): string[] => readdirSync(join(state, name));


describeIf(['root', 'bsdtar', 'nats-server'], 'a context that is listed', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await startEngine();
  });

  afterAll(() => engine[Symbol.asyncDispose]());

  afterEach(async () => {
    expect((await checkStore(engine)).problems).toEqual([]);
    for (const place of ['ingest', 'builds']) expect(filesIn(engine, place)).toEqual([]);
    await engine.builds.pruneCache({ all: true });
    expect(filesIn(engine, 'contexts')).toEqual([]);
  });

  it('is sent once, whichever replica has the build', async () => {
    const other = await engine.start('1');
    const [a, b] = [text(), text()];
    const files = (c: string): TestFile[] => [
      dockerfile('COPY a b c same /'),
      { name: 'a', content: a },
      { name: 'b', content: b },
      { name: 'c', content: c },
      { name: 'empty', content: '' },
      { name: 'same', content: a },
    ];
    const first = await buildListed(engine, files('1'));
    expect(first).toMatchObject({ wanted: ['Dockerfile', 'a', 'b', 'c'], steps: ['FROM scratch: done', 'COPY a b c same /: done'] });
    const again = await buildListed(other, files('1'));
    expect(again).toEqual({ wanted: [], steps: ['FROM scratch: done', 'COPY a b c same /: cached'], id: first.id });
    expect((await buildListed(other, files('2'))).wanted).toEqual(['c']);
    expect((await buildListed(engine, files('2'), { noCache: true })).wanted).toEqual([]);
    await other[Symbol.asyncDispose]();
  });

  it.each([
    ['archive', 'listing'],
    ['listing', 'archive'],
  ])('is the same as its archive: first the %s, then the %s', async (first) => {
    const unique = text();
    const odd = Buffer.from([0xff, 0xfe]);
    const containerfile = dockerfile('COPY . /all/\nCOPY tool d/* /some/').content ?? '';
    const archive = makeTar([
      { name: 'Dockerfile', content: containerfile },
      { name: 'tool', content: unique, mode: 0o4755, mtime: 1 },
      { name: 'd/', type: '5', mode: 0o750 },
      { name: 'd/hard', type: '1', link: 'tool' },
      { name: 'd/link', type: '2', link: '../\xff', mode: 0o777 },
      { name: 'd/pipe', type: '6', mode: 0o600 },
      { name: 'empty' },
      { name: odd.toString('latin1'), content: 'odd' },
    ]);
    const files: TestFile[] = [
      { name: 'Dockerfile', content: containerfile },
      { name: 'tool', content: unique, mode: 0o4755 },
      { name: 'd', ...directory, mode: 0o750 },
      { name: 'd/hard', type: Type.BUILD_CONTEXT_FILE_TYPE_HARD_LINK, link: 'tool' },
      { name: 'd/link', type: Type.BUILD_CONTEXT_FILE_TYPE_SYMLINK, link: '../\xff', mode: 0o777 },
      { name: 'd/pipe', type: Type.BUILD_CONTEXT_FILE_TYPE_FIFO, mode: 0o600 },
      { name: 'empty' },
      { name: odd, content: 'odd' },
    ];
    const ways = { archive: () => buildArchive(engine, archive), listing: async () => (await buildListed(engine, files)).steps };
    const [before, after] = first === 'archive' ? [ways.archive, ways.listing] : [ways.listing, ways.archive];
    expect(await before()).toEqual(['FROM scratch: done', 'COPY . /all/: done', 'COPY tool d/* /some/: done']);
    expect(await after()).toEqual(['FROM scratch: done', 'COPY . /all/: cached', 'COPY tool d/* /some/: cached']);
  });

  it('is whole for its build, though the cache is pruned meanwhile', async () => {
    const files = [dockerfile('COPY a /'), { name: 'a', content: text() }, { name: 'new', content: text() }];
    await buildListed(engine, files.slice(0, 2));
    const beforeSending = async (): Promise<void> => {
      const { deleted, spaceReclaimed } = await engine.builds.pruneCache({ all: true });
      expect(deleted).toHaveLength(2);
      expect(Number(spaceReclaimed)).toBeGreaterThan(16);
      expect(filesIn(engine, 'contexts')).toEqual([]);
    };
    const pruned = await buildListed(engine, files, { beforeSending });
    expect(pruned).toMatchObject({ wanted: ['new'], steps: ['FROM scratch: done', 'COPY a /: done'] });
    expect((await buildListed(engine, files)).wanted).toEqual(['Dockerfile', 'a']);
  });

  it('holds open what it reads, and nothing else', async () => {
    const build = (name: string): TestFile[] => [dockerfile(`COPY ${name} /`), { name, content: text() }];
    const [a, b] = [build('a'), build('b')];
    await buildListed(engine, a);
    const [first = ''] = filesIn(engine, 'contexts');
    await buildListed(engine, b);
    const second = filesIn(engine, 'contexts').find((id) => id !== first) ?? '';
    const whileSending = (): Promise<void> =>
      eventually(() => {
        const open = openFiles();
        expect(open.some((path) => path.endsWith(first))).toBe(false);
        expect(open.some((path) => path.endsWith(second))).toBe(true);
      });
    await buildListed(engine, [...b, { name: 'c', content: text() }], { whileSending });
  });

  const large = randomBytes(300_000);
  const file = (more: Partial<TestFile>): TestFile[] => [dockerfile('COPY . /'), { name: 'large', content: large }, { name: 'f', content: 'x', ...more }];
  it.each<[string, TestFile[], string]>([
    ['sends something else', file({ sent: 'y' }), 'build context: f is not what was listed: has it changed meanwhile?'],
    ['sends too little', file({ sent: '' }), 'build context: it was not sent to its end'],
    ['sends too much', file({ sent: 'xy' }), 'build context: more was sent than was wanted'],
    ['lists another size', file({ size: 2n, sent: 'xx' }), 'build context: f is not what was listed: has it changed meanwhile?'],
    ['lists two sizes of one content', [...file({}), { name: 'g', content: 'x', size: 2n }], 'build context: g is not what was listed'],
    ['lists nothing as something', file({ size: 0n }), 'build context: f is not what was listed'],
    ['has no digest', file({ sha256: Buffer.alloc(0) }), 'build context: f: a regular file, and no other, has a sha256 of 32 bytes'],
    ['has a digest of a directory', file({ ...directory, content: '', sha256: Buffer.alloc(32) }), 'build context: f: a regular file, and no other, has a sha256'],
    ['has a directory with a size', file({ ...directory, size: 1n, sha256: Buffer.alloc(0) }), 'build context: f: it cannot have that size'],
    ['has no type', file({ type: Type.BUILD_CONTEXT_FILE_TYPE_UNSPECIFIED }), 'build context: f: there is no file type 0'],
    ['has a mode with more bits', file({ mode: 0o100644 }), 'build context: f: its mode is larger than 07777'],
    ['links over a zero byte', [{ name: 'l', type: Type.BUILD_CONTEXT_FILE_TYPE_SYMLINK, link: 'a\0b' }], 'build context: l: its link holds a zero byte'],
    ['is below a file', file({ name: 'large/f' }), 'build context: large/f is below large, which is no directory'],
    ['links hard to nothing', [{ name: 'l', type: Type.BUILD_CONTEXT_FILE_TYPE_HARD_LINK, link: 'a' }], 'build context: l is a link to a, which does not come before it'],
    ['links hard above itself', [{ name: 'l', type: Type.BUILD_CONTEXT_FILE_TYPE_HARD_LINK, link: '../a' }], 'leaves the layer'],
    ['climbs', file({ name: '../f' }), 'leaves the layer'],
    ['is absolute', file({ name: '/f' }), 'build context: not a clean relative path: "/f"'],
    ['has a name in parts', file({ name: 'a//f' }), 'build context: not a clean relative path: "a//f"'],
    ['has no name', file({ name: '' }), 'build context: not a clean relative path: ""'],
  ])('is refused when it %s', async (_, files, message) => {
    await expect(buildListed(engine, files)).rejects.toMatchObject({ code: Status.INVALID_ARGUMENT, details: expect.stringContaining(message) });
    expect(filesIn(engine, 'contexts')).toEqual([]);
  });

  it('comes in order: the listing, then the contents', async () => {
    const said = async (...requests: object[]): Promise<string> => {
      const all = async function* () {
        for (const request of requests) yield request;
      };
      return await Array.fromAsync(engine.builds.build(all())).then(String, ({ details }: { details: string }) => details);
    };
    const listing = { listing: { files: [], complete: true } };
    expect(await said({ listing: {} }, { data: Buffer.from('x') })).toBe('build context: the listing is not complete');
    expect(await said({ listing: {} })).toBe('build context: it was not sent to its end');
    expect(await said(listing)).toBe('build context: it was not sent to its end');
    expect(await said(listing, listing)).toBe('build context: the listing goes on after its end');
    expect(await said(listing, { eof: true }, { eof: true })).toBe('build context: it goes on after its end');
    expect(await said(listing, { eof: true })).toBe('failed to read dockerfile: Dockerfile is not in the build context');
    expect(await said({ options: {} })).toBe('the archive was not sent to its end');
  });

  it('leaves nothing when it is cancelled in the middle of the contents', async () => {
    const abort = new AbortController();
    const whileSending = async (): Promise<void> => {
      await eventually(() => expect(filesIn(engine, 'ingest')).toHaveLength(1));
      abort.abort();
    };
    await expect(buildListed(engine, file({}), { signal: abort.signal, whileSending })).rejects.toThrow();
    await eventually(() => expect(filesIn(engine, 'ingest')).toEqual([]));
    expect(filesIn(engine, 'contexts')).toEqual([]);
  });
});

describeIf(['root', 'bsdtar', 'nats-server'], 'a context that is listed', () => {
  it('is refused when the disk is full, and leaves nothing', async () => {
    await using engine = await startEngine({ diskSize: 8 * 2 ** 20 });
    const build = buildListed(engine, [dockerfile('COPY . /'), { name: 'large', content: randomBytes(10 * 2 ** 20) }].slice(1));
    await expect(build).rejects.toMatchObject({ code: Status.RESOURCE_EXHAUSTED });
    for (const place of ['ingest', 'contexts', 'builds']) expect(filesIn(engine, place)).toEqual([]);
    expect((await checkStore(engine)).problems).toEqual([]);
  });

  it('survives kill -9 of the worker when it was sent, and leaves nothing when it was not', async () => {
    await using worker = await startImagesProcess();
    const files = [dockerfile('COPY . /'), { name: 'large', content: randomBytes(3_000_000) }];
    const expectClean = async (): Promise<void> => {
      expect((await checkStore(worker)).problems).toEqual([]);
      for (const place of ['ingest', 'builds']) expect(filesIn(worker, place)).toEqual([]);
    };
    const whileSending = async (): Promise<void> => {
      await eventually(() => expect(filesIn(worker, 'ingest')).toHaveLength(1));
      await worker.kill();
    };
    await expect(buildListed(worker, files, { whileSending })).rejects.toThrow();
    await worker.start();
    await expectClean();
    expect(filesIn(worker, 'contexts')).toEqual([]);
    expect((await buildListed(worker, files)).wanted).toEqual(['Dockerfile', 'large']);
    await worker.kill();
    await worker.start();
    await expectClean();
    // Between the listing and the build.
    await expect(buildListed(worker, files, { beforeSending: () => worker.kill() })).rejects.toThrow();
    await worker.start();
    expect((await buildListed(worker, files)).wanted).toEqual([]);
    await expectClean();
  });
});
