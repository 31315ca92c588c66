import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './program.ts';

/** Layers, files and bytes of the large image: as in the table of docs/benchmarks.md. */
const shape = { layers: 6, files: 16_700, bytes: 535_000_000 };

/** Makes the large image below `directory` and pushes it to `reference`. The same bytes on every machine. */
export async function pushLargeImage(directory: string, reference: string): Promise<void> {
  const layout = join(directory, 'large');
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', '--image', `${layout}:latest`]);
  for (let layer = 0; layer < shape.layers; layer++) {
    const tree = join(directory, `layer${layer}`);
    writeTree(tree, layer, { files: shape.files / shape.layers, bytes: shape.bytes / shape.layers });
    await run('umoci', ['insert', '--image', `${layout}:latest`, tree, `/opt/layer${layer}`]);
  }
  await push(`oci:${layout}:latest`, reference);
}

/** Makes an image of the host's static busybox below `directory` and pushes it to `reference`. */
export async function pushBusybox(directory: string, reference: string): Promise<void> {
  const [layout, root] = [join(directory, 'busybox'), join(directory, 'busybox-root')];
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'bin/busybox'), readFileSync('/bin/busybox'), { mode: 0o755 });
  execFileSync('/bin/busybox', ['--install', '-s', join(root, 'bin')]);
  for (const applet of ['sh', 'true', 'sleep', 'cat', 'find', 'sort', 'cp', 'rm', 'mkdir', 'chmod']) {
    execFileSync('ln', ['-sf', 'busybox', join(root, 'bin', applet)]);
  }
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', '--image', `${layout}:latest`]);
  await run('umoci', ['insert', '--image', `${layout}:latest`, root, '/']);
  await run('umoci', ['config', '--image', `${layout}:latest`, '--config.cmd', 'sh', '--config.env', 'PATH=/bin']);
  await push(`oci:${layout}:latest`, reference);
}

const push = (source: string, reference: string): Promise<string> =>
  run('skopeo', ['copy', '--dest-tls-verify=false', source, `docker://${reference}`]);

/** Files of many sizes; about half of their bytes compress well, as programs and texts do. */
export function writeTree(directory: string, seed: number, size: { files: number; bytes: number }): void {
  const random = generator(seed + 1);
  const files = Math.round(size.files);
  const average = size.bytes / size.files;
  const text = Buffer.from(Array.from({ length: 4096 }, () => `line ${random() % 997} of ${random() % 89}\n`).join(''));
  const noise = Buffer.alloc(1 << 20);
  for (let i = 0; i < noise.length; i += 4) noise.writeUInt32LE(random(), i);
  for (let i = 0; i < files; i++) {
    const folder = join(directory, `d${i % 120}`);
    if (i < 120) mkdirSync(folder, { recursive: true });
    // One file in fifty holds two thirds of the bytes.
    const length = Math.round(i % 50 === 0 ? average * 34 : average / 3);
    writeFileSync(join(folder, `f${i}`), fill(length, random() % noise.length, text, noise));
  }
}

function fill(size: number, offset: number, text: Buffer, noise: Buffer): Buffer {
  const content = Buffer.allocUnsafe(size);
  for (let at = 0, turn = 0; at < size; turn++) {
    const source = turn % 2 === 0 ? text : noise;
    const from = (offset + turn * 7919) % (source.length - 4096);
    at += source.copy(content, at, from, from + 4096);
  }
  return content;
}

/** xorshift32: the same numbers everywhere. */
function generator(seed: number): () => number {
  let state = seed * 2654435761 >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}
