import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { inRepository } from '../repository.mjs';
import { forTheEngine, forTheTests } from './debian.mjs';
import { filesBelow } from './stamp.mjs';

/** What every Debian has, from packages that are essential or required, and what npm and git bring. */
const everywhere = [
  ...['bash', 'chattr', 'diff', 'sh', 'tar', 'gzip', 'grep', 'perl', 'sed', 'find', 'useradd'],
  ...['cat', 'chmod', 'chown', 'cp', 'dd', 'du', 'env', 'false', 'id', 'ln', 'ls', 'mkdir', 'mkfifo', 'mknod', 'mv', 'rm'],
  ...['sha256sum', 'sleep', 'stat', 'stty', 'sync', 'timeout', 'touch', 'true', 'truncate'],
  ...['flock', 'kill', 'mount', 'script', 'setpriv', 'setsid', 'umount', 'unshare'],
  ...['apt-get', 'git', 'npm', 'npx'],
];
/** What only a kernel, or a peer that a benchmark found, brings; whoever runs it can do without. */
const optional = ['modprobe', 'ctr', 'dockerd', 'docker', 'podman', 'containerd'];

const started = /(?<![.#\w])(?:spawn|spawnSync|execFile|execFileSync|run|runCommand|startChild|findProgram|attempt|withNewNamespaces)\(\s*'([a-z][\w-]*)'/g;
const required = /(?:describeIf|itIf)\(\s*\[([^\]]*)\]/g;

function programsOf(files: string[]): string[] {
  const texts = files.map((path) => readFileSync(path, 'utf8'));
  const named = texts.flatMap((text) => [...text.matchAll(started)].map(([, name = '']) => name));
  const asked = texts.flatMap((text) => [...text.matchAll(required)].flatMap(([, list = '']) => list.match(/(?<=')[\w-]+(?=')/g) ?? []));
  return [...new Set([...named, ...asked])].sort();
}

const isTest = (path: string): boolean => /\.test\.ts$|\/test\/|\/libs\/testing\//.test(path);
const code = ['apps', 'libs'].flatMap((group) => filesBelow(inRepository(group))).filter((path) => /\.(ts|mjs)$/.test(path));
const tools = [...filesBelow(inRepository('tools')), ...filesBelow(inRepository('tests'))].filter((path) => /\.(ts|mjs)$/.test(path));
const brought = (packages: typeof forTheEngine): string[] => packages.map(({ shownBy }) => basename(shownBy));

it('the engine starts no program that set-up does not install', () => {
  const programs = programsOf(code.filter((path) => !isTest(path)));
  expect(programs).toEqual(expect.arrayContaining(['runc', 'conmon', 'ip', 'nft', 'nsenter', 'socat', 'bsdtar']));
  const present = [...everywhere, ...optional, ...brought(forTheEngine)];
  expect(programs.filter((name) => !present.includes(name))).toEqual([]);
});

it('neither do the tests and tools', () => {
  const programs = programsOf([...code.filter(isTest), ...tools]);
  const present = [...everywhere, ...optional, ...brought(forTheEngine), ...brought(forTheTests), 'root', 'overlay'];
  expect(programs.filter((name) => !present.includes(name))).toEqual([]);
});
