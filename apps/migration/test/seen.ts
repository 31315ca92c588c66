import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { lgetxattr, llistxattr } from '@arcbox/linux';
import type { TestEngine } from './engine.ts';

/** What there is here, as far as somebody could miss it. */
export async function seenHere({ images, volumes, networks, containers, engineContainers }: TestEngine['here']): Promise<object> {
  const found = (await containers.list({ all: true })).containers;
  const shown = await Promise.all(found.map(async ({ id, names, state, imageId }) => ({ id, name: names[0], state, imageId, mounts: (await engineContainers.inspect({ id })).info?.mounts ?? [] })));
  return {
    containers: shown.sort((a, b) => a.id.localeCompare(b.id)),
    volumes: await Promise.all((await volumes.list({})).volumes.map(async ({ name, labels, mountpoint }) => ({ name, labels, content: contentOf(mountpoint) }))),
    networks: (await networks.list({})).networks.map(({ name, labels }) => ({ name, labels })).sort((a, b) => a.name.localeCompare(b.name)),
    subnets: await Promise.all((await networks.list({})).networks.map(async ({ id }) => (await networks.inspect({ id })).ipam?.subnets.map(({ subnet }) => subnet))).then((all) => all.flat().sort()),
    images: (await images.list({ all: true })).images.map(({ id, repoTags }) => ({ id, repoTags: [...repoTags].sort() })).sort((a, b) => a.id.localeCompare(b.id)),
  };
}

/** What a command prints in a container. */
export async function printedIn({ containers }: TestEngine['here'], name: string, ...cmd: string[]): Promise<string> {
  const { id } = await containers.execCreate({ containerId: name, cmd, attachStdout: true, attachStderr: true });
  const output = await Array.fromAsync(containers.execStart({ id }), ({ data }) => data);
  return Buffer.concat(output).toString();
}

/** Every file of a directory, with all that it is. */
export function contentOf(directory: string): string[] {
  const script = `find . -exec stat -c '%n|%f|%u:%g|%s|%t:%T|%h|%Y' {} +; find . -type f -exec sha256sum {} +; find . -type l -exec readlink {} +`;
  const lines = execFileSync('sh', ['-euc', script], { cwd: directory, encoding: 'utf8' }).trim().split('\n');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
  const attributes = files.flatMap((path) => llistxattr(path).map((name) => `${relative(directory, path)} ${name}=${lgetxattr(path, name)?.toString('hex')}`));
  return [...lines, ...attributes].sort();
}
