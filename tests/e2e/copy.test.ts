import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf, eventually } from '@arcbox/testing';
import { type Docker, startDocker } from './as-docker/docker.ts';
import { type CommandResult, runCommand } from './engine.ts';
import { usually } from './long.ts';
import { oneEngine } from './one-engine.ts';

/** The same files in the image, below `/w` and a directory for each case, and on the host. */
const plant = (index: number): string => `
  mkdir -p dir/sub have deep/er; echo a > dir/a; echo b > dir/sub/b; chmod 700 dir/sub; echo file > file; chmod 755 file; echo old > exist
  ln -s dir link; ln -s file flink; ln -s nowhere dangling; ln -s /w/${index}/dir absolute; ln -s ../../etc up; ln dir/a dir/hard; mkfifo dir/pipe`;

/** `C` is the container, `L` a directory of the host with the same files. */
const everyCase: readonly string[] = [
  'L/file C:/w',
  'L/file C:/w/',
  'L/file C:/w/new',
  'L/file C:/w/new/',
  'L/file C:/w/exist',
  'L/file C:/w/exist/',
  'L/file C:/w/absent/new',
  'L/file C:/w/link',
  'L/file C:/w/flink',
  'L/file C:/w/dangling',
  'L/file C:/w/dir/sub/../x',
  'L/dir C:/w/have',
  'L/dir C:/w/have/',
  'L/dir C:/w/new',
  'L/dir C:/w/new/',
  'L/dir C:/w/new/.',
  'L/dir C:/w/exist',
  'L/dir C:/w',
  'L/dir/. C:/w/have',
  'L/dir/. C:/w/new',
  'L/dir/ C:/w/have',
  'L/dir/. C:/w/exist',
  'L/link C:/w/have',
  'L/link/ C:/w/have',
  'L/link/. C:/w/have',
  '-L L/link C:/w/have',
  '-L L/flink C:/w/new',
  'L/flink C:/w/new',
  'L/dangling C:/w/new',
  'L/absent C:/w/new',
  'L/file/. C:/w/new',
  'L/file C:/w/dir/sub',
  'L/have C:/w/file',
  'C:/w/file L',
  'C:/w/file L/new',
  'C:/w/file L/new/',
  'C:/w/file L/exist',
  'C:/w/file L/absent/new',
  'C:/w/file L/link',
  'C:/w/file L/flink',
  'C:/w/dir L/have',
  'C:/w/dir L/new',
  'C:/w/dir L/exist',
  'C:/w/dir/. L/have',
  'C:/w/dir/. L/new',
  'C:/w/dir/ L/have',
  'C:/w/link L/have',
  'C:/w/link/ L/have',
  'C:/w/link/. L/new',
  '-L C:/w/link L/have',
  '-L C:/w/flink L/new',
  'C:/w/flink L/new',
  'C:w/dir/sub/../a L/new',
  'C:/w/up/passwd L/new',
  'C:/w/absent L/new',
  'C:/w/file/ L/new',
  'C:/w/absolute/a L/new',
  'C:/w/deep L/have',
  'C:/w/dir C:/w/have',
  'L/file L/new',
];

/** A third of them, unless there is time for all. */
const cases = everyCase.filter((_, index) => usually(index % 18 === 0, true));

interface Side {
  readonly name: string;
  run(args: readonly string[], input?: Buffer): Promise<CommandResult>;
}

/** Names, kinds, modes, links and content of the files below a directory. */
function survey(path: string): string[] {
  const script = "find . -printf '%p %y %m %l %n\\n'; find . -type f -exec sha256sum {} +";
  return sortLines(execFileSync('sh', ['-c', script], { cwd: path, encoding: 'utf8' }));
}

/** Some two hundred commands, on a machine that may be busy; milliseconds. */
const patience = 600_000;

const sortLines = (text: string): string[] => text.split('\n').filter(Boolean).sort();

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'busybox', 'dockerd', 'docker', 'tar'], 'cp, diff and commit', () => {
  const engine = oneEngine();
  const directory = mkdtempSync(join(tmpdir(), 'abx-copy-'));
  const place = (name: string): string => join(directory, name);
  let docker: Docker;
  let sides: Side[];
  beforeAll(async () => {
    docker = await startDocker(place('docker'));
    const env = { DOCKER_CONFIG: place('config') };
    const [program, ...first] = engine().command;
    sides = [
      { name: 'docker', run: (args, input) => docker.docker(args, input) },
      { name: 'arcbox', run: (args, input) => runCommand(program, [...first, ...args], { env, ...(input ? { input } : {}) }) },
    ];
    const root = place('root');
    for (const name of ['bin', 'etc', 'w']) mkdirSync(join(root, name), { recursive: true });
    cpSync('/bin/busybox', join(root, 'bin/busybox'));
    for (const applet of ['sh', 'ln', 'mkdir', 'rm', 'sleep', 'chmod', 'touch', 'mv', 'cat', 'true']) execFileSync('ln', ['-s', 'busybox', join(root, 'bin', applet)]);
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
    for (const index of cases.keys()) {
      mkdirSync(join(root, 'w', String(index)));
      execFileSync('sh', ['-euc', plant(index)], { cwd: join(root, 'w', String(index)) });
    }
    const archive = execFileSync('tar', ['-c', '-C', root, '.'], { maxBuffer: 2 ** 28 });
    for (const { run } of sides) await must(run(['import', '-', 'copying:1'], archive));
  });
  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });
  const must = async (result: Promise<CommandResult>): Promise<string> => {
    const { code, stdout, stderr } = await result;
    if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`);
    return stdout.trim();
  };

  /** What each copy does: whether it works, and what is where afterwards. */
  const observe = async ({ name, run }: Side): Promise<object[]> => {
    await must(run(['create', '--name', 'copied', '--network', 'none', 'copying:1', 'true']));
    const works: boolean[] = [];
    for (const [index, text] of cases.entries()) {
      const local = place(`${name}-${index}`);
      mkdirSync(local);
      execFileSync('sh', ['-euc', plant(index)], { cwd: local });
      const inside = (path: string): string => path.replace(/^C:(\/?)w/, `copied:$1w/${index}`);
      const words = text.split(' ').map((word) => inside(word.replace(/^L/, local)));
      works.push((await run(['cp', ...words])).code === 0);
    }
    const back = place(`${name}-back`);
    mkdirSync(back);
    await must(run(['cp', 'copied:/w', back]));
    await must(run(['rm', 'copied']));
    return cases.map((text, index) => ({
      text,
      works: works[index],
      host: survey(place(`${name}-${index}`)),
      container: survey(join(back, 'w', String(index))),
    }));
  };

  it('does what docker does, in a table of cases', async () => {
    const [theirs, ours] = await Promise.all(sides.map(observe));
    expect(ours).toEqual(theirs);
  }, patience);

  it('lists the same changes as docker, and commits what a container is', async () => {
    const script = 'echo new > /w/0/new; echo more >> /w/0/file; rm /w/0/dir/a; rm -r /w/0/deep; mkdir /w/0/deep; echo n > /w/0/deep/n; chmod 600 /w/0/exist; mkdir -p /fresh/a; : >> /w/0/dir/sub/b; touch /etc/passwd; mv /w/0/have /w/0/moved';
    const lists = await Promise.all(
      sides.map(async ({ run }) => {
        await must(run(['run', '--name', 'changer', '--network', 'none', '-v', '/vol', 'copying:1', 'sh', '-c', script]));
        const changes = sortLines(await must(run(['diff', 'changer'])));
        await must(run(['commit', '-m', 'why', '-c', 'ENV A=b', '-c', 'CMD ["cat","/w/0/new"]', 'changer', 'committed:1']));
        const printed = await must(run(['run', '--rm', '--network', 'none', 'committed:1']));
        const env = await must(run(['inspect', '--type', 'image', '-f', '{{json .Config.Env}} {{json .Config.Volumes}} {{.Comment}}', 'committed:1']));
        await must(run(['rm', '-v', 'changer']));
        return { changes, printed, env };
      }),
    );
    expect(lists[1]).toEqual(lists[0]);
  });

  it('streams archives, and refuses what is no directory', async () => {
    const [, ours] = sides as [Side, Side];
    await must(ours.run(['create', '--name', 'streamed', 'copying:1', 'true']));
    const archive = execFileSync('tar', ['-cz', '-C', place('root'), 'w']);
    await must(ours.run(['cp', '-', 'streamed:/w/0/have'], archive));
    const listed = execFileSync(engine().command[0], [...engine().command.slice(1), 'cp', 'streamed:/w/0/have', '-']);
    expect(execFileSync('tar', ['-t'], { input: listed, encoding: 'utf8' })).toContain('have/w/0/dir/sub/b\n');
    expect((await ours.run(['cp', '-', 'streamed:/w/0/file'], archive)).code).toBe(1);
    expect((await ours.run(['cp', '-', 'streamed:/w/0/have'], archive.subarray(0, -50))).code).toBe(1);
    await must(ours.run(['rm', 'streamed']));
  });

  it('reads and writes nothing outside while the container changes links in a loop', async () => {
    const [, ours] = sides as [Side, Side];
    const outside = place('outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), 'secret');
    const up = `../../../../../../../../../../../../..${outside}`;
    const loop = `mkdir -p /w/real; echo inside > /w/real/secret; : > /w/started; while :; do rm -rf /w/x; ln -s ${up} /w/x; rm -rf /w/x; ln -s ${outside} /w/x; rm -rf /w/x; mkdir /w/x; echo inside > /w/x/secret; done`;
    await must(ours.run(['run', '-d', '--name', 'flipper', '--network', 'none', 'copying:1', 'sh', '-c', loop]));
    await eventually(async () => expect((await ours.run(['cp', '-q', 'flipper:/w/started', place('started')])).code).toBe(0));
    const source = place('planted');
    mkdirSync(join(source, 'x'), { recursive: true });
    writeFileSync(join(source, 'x/secret'), 'planted');
    writeFileSync(join(source, 'planted'), 'planted');
    const results = { in: 0, out: 0 };
    // Without a copy in each direction that went well it has shown nothing.
    for (let round = 0; round < 4 || results.in === 0 || results.out === 0; round++) {
      const out = place(`out-${round}`);
      const copies = [
        ours.run(['cp', '-q', 'flipper:/w/x/secret', out]),
        ours.run(['cp', '-q', 'flipper:/w/x/', `${out}-directory`]),
        ours.run(['cp', '-q', join(source, 'planted'), 'flipper:/w/x']),
        ours.run(['cp', '-q', `${source}/.`, 'flipper:/w']),
      ];
      for (const [index, { code }] of (await Promise.all(copies)).entries()) if (code === 0) results[index < 2 ? 'out' : 'in']++;
      for (const name of readdirSync(directory).filter((entry) => entry.startsWith(`out-${round}`))) {
        const read = execFileSync('sh', ['-c', `find '${place(name)}' -type f -exec cat {} +`], { encoding: 'utf8' });
        expect(read.replace(/inside\n?|planted/g, '')).toBe('');
      }
    }
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    await must(ours.run(['rm', '-f', 'flipper']));
  }, patience);
});
