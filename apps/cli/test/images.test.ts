import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { itIf, temporaryRoot } from '@arcbox/testing';
import { ArchiveFormat, type SaveRequest } from '@arcbox/proto/arcbox/engine/v1/image';
import { buildCli } from './cli.ts';
import { failure, type FakeGateway, startFakeGateway, Status } from './fake-gateway.ts';

const cli = buildCli();
const root = temporaryRoot();
const image = `sha256:${'1234567890ab'.padEnd(64, '0')}`;
const content = Buffer.alloc(3_000_000, 'archive');
let gateway: FakeGateway;
let asked: unknown[] = [];
let received: Buffer = Buffer.alloc(0);

async function receive(requests: AsyncIterable<{ data: Buffer; eof: boolean }>): Promise<void> {
  const pieces: Buffer[] = [];
  let whole = false;
  for await (const { data, eof, ...others } of requests) {
    if (pieces.length === 0) asked.push(others);
    expect(data.length).toBeLessThanOrEqual(1024 * 1024);
    pieces.push(data);
    whole = eof;
  }
  if (!whole) throw failure(Status.INVALID_ARGUMENT, 'the archive was not sent to its end');
  received = Buffer.concat(pieces);
}

async function* send(name: string) {
  if (name === 'nope') throw failure(Status.NOT_FOUND, `no such image: ${name}`);
  for (let at = 0; at < content.length; at += 700_000) yield { data: content.subarray(at, at + 700_000) };
  if (name === 'torn') throw failure(Status.DATA_LOSS, 'a blob is gone');
}

beforeAll(async () => {
  gateway = await startFakeGateway({
    images: {
      async *push(request) {
        asked.push(request);
        yield { id: '', status: 'The push refers to repository [r:1/app]' };
        yield { id: 'aaaaaaaaaaaa', status: 'Preparing' };
        yield { id: 'aaaaaaaaaaaa', status: 'Pushing', current: 1_000_000n, total: 4_000_000n };
        yield { id: 'aaaaaaaaaaaa', status: 'Pushed' };
        yield { id: '', status: 'latest: digest: sha256:0123 size: 527' };
      },
      async list() {
        const names = ['r:1/team/app:2', 'r:1/team/app:1', 'r:1/team/other:1', 'busybox:latest', '<none>:<none>'];
        return {
          images: [
            { id: image, repoTags: names, labels: { evil: '\u001b[2J\nnew\tcolumn\u009b' }, created: 1n, size: 1n },
          ],
        };
      },
    },
    furtherContainers: {
      export: ({ id }) => send(id),
    },
    imageStore: {
      save(request) {
        asked.push(request);
        return send(request.images[0] ?? '');
      },
      async import(requests) {
        await receive(requests);
        return { images: [{ id: image, names: ['app:1', 'app:2'] }, { id: image, names: [] }] };
      },
      async importFilesystem(requests) {
        await receive(requests);
        return { id: image };
      },
      async history({ image: name }) {
        if (name !== 'app') throw failure(Status.NOT_FOUND, `no such image: ${name}`);
        return {
          entries: [
            { id: image, created: '2024-01-31T12:00:00Z', createdBy: `RUN\tmake ${'x'.repeat(60)}`, size: 4_261_550n, comment: 'buildkit', tags: ['app'] },
            { id: '<missing>', created: '0001-01-01T00:00:00Z', createdBy: 'CMD ["sh"]', size: 0n },
          ],
        };
      },
      async *check({ verifyContent }) {
        if (verifyContent) yield { finding: { $case: 'problem', value: { object: 'sha256:0', problem: 'is not what it was' } } };
        const summary = { names: 2, images: 1, blobs: 3, layers: 2, roots: 0, blobBytes: 1_500_000n, problems: verifyContent ? 1 : 0 };
        yield { finding: { $case: 'summary', value: summary } };
      },
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
  await root[Symbol.asyncDispose]();
});

beforeEach(() => void (asked = []));

const arcbox = (...args: string[]) => cli.run(['-H', `unix://${gateway.socket}`, ...args]);
const file = (name: string) => join(root.path, name);

describe('push', () => {
  it('prints plain lines where there is no terminal', async () => {
    expect(await arcbox('push', 'r:1/app')).toMatchObject({
      stdout: [
        'Using default tag: latest',
        'The push refers to repository [r:1/app]',
        'aaaaaaaaaaaa: Preparing',
        'aaaaaaaaaaaa: Pushed',
        'latest: digest: sha256:0123 size: 527',
        '',
      ].join('\n'),
      stderr: '',
      code: 0,
    });
    expect(asked).toMatchObject([{ reference: 'r:1/app:latest' }]);
    expect((await arcbox('push', '-q', 'busybox:1')).stdout).toBe('docker.io/library/busybox:1\n');
  });

  it('pushes all tags of a repository', async () => {
    expect((await arcbox('push', '-aq', 'r:1/team/app')).stdout).toBe('r:1/team/app:1\nr:1/team/app:2\n');
    expect(asked).toMatchObject([{ reference: 'r:1/team/app' }]);
    expect((await arcbox('push', '-a', 'r:1/team/app:1')).stderr).toMatch(/^arcbox: --all-tags takes a repository/);
    expect((await arcbox('push', '-a', 'r:1/none')).stderr).toBe('arcbox: no such image: r:1/none: it has no tags here\n');
  });

  itIf(['script'], 'draws a bar for each layer on a terminal', async () => {
    const { stdout } = await cli.runOnTerminal(['-H', `unix://${gateway.socket}`, 'push', 'r:1/app:1']).ended;
    expect(stdout).toContain('aaaaaaaaaaaa: Pushed');
    expect(stdout).toContain('\u001b[');
  });
});

describe('history', () => {
  it('prints the table that docker prints', async () => {
    const { stdout } = await arcbox('history', 'app');
    const [header, first, second] = stdout.split('\n');
    expect(header).toMatch(/^IMAGE {10}CREATED +CREATED BY {38}SIZE {6}COMMENT$/);
    expect(first).toMatch(/^1234567890ab +\d+ (months|years) ago +RUN make x{35}… +4\.26MB +buildkit$/);
    expect(second).toMatch(/^<missing> +N\/A +CMD \["sh"\] +0B *$/);
  });

  it('prints ids, whole commands, exact numbers', async () => {
    expect((await arcbox('history', '-q', 'app')).stdout).toBe('1234567890ab\n<missing>\n');
    expect((await arcbox('history', '-q', '--no-trunc', 'app')).stdout).toBe(`${image}\n<missing>\n`);
    const exact = (await arcbox('history', '--human=false', '--no-trunc', 'app')).stdout;
    expect(exact).toMatch(new RegExp(`^IMAGE +CREATED AT +.*\\n${image} +2024-01-31T12:00:00Z +RUN make x{60} +4261550 +buildkit\\n`));
    expect((await arcbox('image', 'history', '--format', '{{.ID}} {{.CreatedAt}}', 'app')).stdout).toMatch(
      /^1234567890ab 2024-01-31 12:00:00 \+0000\n/,
    );
    expect(await arcbox('history', 'nope')).toMatchObject({ stderr: 'arcbox: no such image: nope\n', code: 1 });
  });
});

describe('save and export', () => {
  it('write an archive into a file or to standard output', async () => {
    expect((await arcbox('save', 'app', 'other')).bytes.equals(content)).toBe(true);
    expect(await arcbox('save', '--format', 'oci', '-o', file('app.tar'), 'app')).toMatchObject({ stdout: '', code: 0 });
    expect(readFileSync(file('app.tar')).equals(content)).toBe(true);
    expect(asked as SaveRequest[]).toEqual([
      { images: ['app', 'other'], format: ArchiveFormat.ARCHIVE_FORMAT_UNSPECIFIED },
      { images: ['app'], format: ArchiveFormat.ARCHIVE_FORMAT_OCI },
    ]);
    await arcbox('export', '-o', file('web.tar'), 'web');
    expect(readFileSync(file('web.tar')).equals(content)).toBe(true);
    expect(await arcbox('save', '-o', '/dev/null', 'app')).toMatchObject({ stderr: '', code: 0 });
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('leave no part of an archive', async () => {
    writeFileSync(file('old.tar'), 'old');
    expect(await arcbox('save', '-o', file('old.tar'), 'torn')).toMatchObject({ stderr: 'arcbox: a blob is gone\n', code: 1 });
    expect(readFileSync(file('old.tar'), 'utf8')).toBe('old');
    await arcbox('save', '-o', file('new.tar'), 'nope');
    expect(existsSync(file('new.tar'))).toBe(false);
    expect(readdirSync(root.path).filter((name) => name.includes('partial'))).toEqual([]);
    expect((await arcbox('save', '-o', '/nowhere/x.tar', 'app')).stderr).toMatch(/^arcbox: cannot write \/nowhere\/x\.tar\S*: no such file or directory\n$/);
  });

  itIf(['script'], 'write no archive to a terminal', async () => {
    const { stdout, code } = await cli.runOnTerminal(['-H', `unix://${gateway.socket}`, 'save', 'app']).ended;
    expect({ stdout, code }).toEqual({ stdout: 'arcbox: an archive is nothing for a terminal: use -o FILE or redirect\r\n', code: 1 });
  });
});

describe('load and import', () => {
  it('send an archive and say what came of it', async () => {
    writeFileSync(file('in.tar'), content);
    const loaded = `Loaded image: app:1\nLoaded image: app:2\nLoaded image ID: ${image}\n`;
    expect(await arcbox('load', '-i', file('in.tar'))).toMatchObject({ stdout: loaded, stderr: '', code: 0 });
    expect(received.equals(content)).toBe(true);
    received = Buffer.alloc(0);
    expect((await cli.run(['-H', `unix://${gateway.socket}`, 'load', '-q'], { input: content })).stdout).toBe(loaded);
    expect(received.equals(content)).toBe(true);
    expect((await arcbox('load', '-i', '/nowhere')).stderr).toBe('arcbox: cannot read /nowhere: no such file or directory\n');
    expect((await arcbox('load', '-i', root.path)).stderr).toMatch(/^arcbox: cannot read .*: it is a directory\n$/);
  });

  it('describe the image of a file system', async () => {
    writeFileSync(file('root.tar'), content);
    const options = ['-c', 'CMD ["sh"]', '-c', 'ENV A=b', '-m', 'made by hand', '--platform', 'linux/arm64'];
    expect((await arcbox('import', ...options, file('root.tar'), 'base:1')).stdout).toBe(`${image}\n`);
    expect(asked).toEqual([
      { reference: 'base:1', changes: ['CMD ["sh"]', 'ENV A=b'], message: 'made by hand', platform: 'linux/arm64' },
    ]);
    expect(received.equals(content)).toBe(true);
  });
});

describe('system check', () => {
  it('exits with 1 when something is wrong', async () => {
    expect(await arcbox('system', 'check')).toMatchObject({
      stdout: 'Checked 2 names, 1 image, 3 blobs (1.5MB), 2 layers, 0 roots: no problems\n',
      code: 0,
    });
    expect(await arcbox('system', 'check', '--verify')).toMatchObject({
      stdout: 'sha256:0: is not what it was\nChecked 2 names, 1 image, 3 blobs (1.5MB), 2 layers, 0 roots: 1 problem\n',
      code: 1,
    });
  });
});

describe('what comes from outside', () => {
  it('steers no terminal and makes no lines of its own', async () => {
    const table = await arcbox('images', '--format', 'table {{.ID}}\t{{.Labels}}', 'busybox');
    expect(table.stdout.split('\n')).toHaveLength(6);
    expect(table.stdout).toContain('evil=\ufffd[2J new column\ufffd');
    expect((await arcbox('images', '--format', '{{.Labels}}')).stdout).toContain('evil=\ufffd[2J\nnew\tcolumn\ufffd\n');
    expect((await arcbox('images', '--format', '{{json .Labels}}')).stdout).toContain('"evil=\\u001b[2J\\nnew\\tcolumn\\u009b"');
  });
});

describe('completion', () => {
  it('knows the commands for images', async () => {
    const complete = async (...words: string[]) =>
      (await arcbox('__complete', '--', ...words)).stdout.split('\n').map((line) => line.split('\t')[0]).filter(Boolean);
    expect(await complete('image', '')).toEqual(expect.arrayContaining('build history import inspect load ls prune pull push rm save tag'.split(' ')));
    expect(await complete('build', '--pro')).toEqual(['--progress']);
    expect(await complete('build', '--progress', 'p')).toEqual(['plain']);
    expect(await complete('push', 'r:1/team/o')).toEqual(['r:1/team/other:1']);
    expect(await complete('system', 'ch')).toEqual(['check']);
  });
});
