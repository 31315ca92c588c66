import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeIf, eventually, type Registry, startRegistry, temporaryRoot } from '@arcbox/testing';
import { type Engine, hello, pushBusybox, runCommand } from '../engine.ts';
import { oneEngine } from '../one-engine.ts';

const mebibyte = 1024 * 1024;
/** Databases, events and logs of the workers stay. */
const allowance = 6 * mebibyte;

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'docker-registry', 'skopeo'], 'the disk', () => {
  const engine = oneEngine();
  let registry: Registry;
  let slow: SlowPath;
  beforeAll(async () => {
    registry = await startRegistry();
    slow = await slowPath(registry.port);
    await pushLarge(registry, 'one');
  }, 60_000);
  afterAll(async () => {
    await slow[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  async function expectAllBack(before: number): Promise<void> {
    await eventually(async () => expect((await used(engine())) - before).toBeLessThan(allowance), 20_000);
  }

  it('comes back when containers, volumes and images go', async () => {
    const image = `${registry.host}/large:one`;
    const before = await used(engine());
    await engine().ok('pull', image);
    await engine().ok('run', '--name', 'writer', '-v', '/data', image, 'sh', '-c', 'head -c 20000000 /dev/urandom | tee /tmp/a > /data/b; head -c 4000000 /dev/zero | tr "\\0" x');
    expect((await used(engine())) - before).toBeGreaterThan(80 * mebibyte);
    await engine().ok('rm', '-v', 'writer');
    await engine().ok('rmi', image);
    await expectAllBack(before);
  });

  it('comes back with prune', async () => {
    const before = await used(engine());
    const image = `${registry.host}/large:one`;
    await engine().ok('pull', image);
    await engine().ok('run', '--name', 'writer', '-v', '/data', image, 'sh', '-c', 'head -c 20000000 /dev/urandom | tee /tmp/a > /data/b');
    await engine().ok('tag', hello, 'kept');
    await engine().ok('run', '-d', '--name', 'keeper', 'kept', 'sleep', '600');
    expect(await engine().ok('system', 'prune', '-af', '--volumes')).toMatch(/^Total reclaimed space: \d+(\.\d+)?MB$/m);
    await expectAllBack(before);
    expect(await engine().ok('run', '--rm', 'kept', 'echo', 'still here')).toBe('still here');
    await engine().ok('rm', '-f', 'keeper');
  });

  it('comes back after a crash in the middle of a pull', async () => {
    const before = await used(engine());
    const image = `localhost:${slow.port}/large:one`;
    slow.bytesPerSecond = 8 * mebibyte;
    const pulling = engine().arcbox('pull', image);
    await eventually(async () => expect((await used(engine())) - before).toBeGreaterThan(10 * mebibyte));
    await crash(engine(), 'images-0');
    await pulling;
    slow.bytesPerSecond = Infinity;
    await eventually(() => engine().ok('pull', image));
    await engine().ok('rmi', image);
    await expectAllBack(before);
  });

  it('comes back after a crash in the middle of removals', async () => {
    const image = `${registry.host}/large:one`;
    const before = await used(engine());
    for (const victim of ['containers-0', 'images-0']) {
      await eventually(() => engine().ok('pull', image));
      await engine().ok('run', '--name', 'writer', '-v', '/data', image, 'sh', '-c', 'head -c 20000000 /dev/urandom | tee /tmp/a > /data/b');
      const removing = engine().arcbox('rm', '-v', 'writer');
      await sleep(130);
      await crash(engine(), victim);
      await removing;
      await eventually(async () => {
        await engine().arcbox('rm', '-v', 'writer');
        expect(await engine().ok('ps', '-aq')).toBe('');
      });
      const untagging = engine().arcbox('rmi', image);
      await sleep(110);
      await crash(engine(), 'images-0');
      await untagging;
      await eventually(async () => {
        await engine().arcbox('rmi', image);
        expect(await engine().ok('images', '-q', image)).toBe('');
      });
    }
    await engine().ok('volume', 'prune', '-f');
    await expectAllBack(before);
  });
});

/** Bytes below the root of an engine; what is mounted there is of the same file system and counted once. */
async function used({ root }: Engine): Promise<number> {
  // Whatever is removed meanwhile makes du complain, and is not counted.
  const { stdout } = await runCommand('du', ['--summarize', '--block-size=1', '--one-file-system', `--exclude=${root}/log`, root]);
  return Number.parseInt(stdout, 10);
}

/** Ends a worker and waits for its successor. */
async function crash(engine: Engine, name: string): Promise<void> {
  const pid = engine.pid(name);
  engine.kill(name);
  await eventually(() => expect(engine.pid(name)).not.toBe(pid));
}

/** Pushes `large:<tag>`: busybox and 40 MiB that cannot be compressed. */
async function pushLarge({ host }: Registry, tag: string): Promise<void> {
  await using files = temporaryRoot();
  await pushBusybox(files.path, `${host}/small:1`);
  const [layout, layer] = [join(files.path, 'layout'), join(files.path, 'layer')];
  await succeed('skopeo', 'copy', '--src-tls-verify=false', `docker://${host}/small:1`, `oci:${layout}:${tag}`);
  await succeed('mkdir', layer);
  writeFileSync(join(layer, 'noise'), randomBytes(40 * mebibyte));
  await succeed(process.execPath, '-e', addLayer, layout, layer);
  await succeed('skopeo', 'copy', '--dest-tls-verify=false', `oci:${layout}:${tag}`, `docker://${host}/large:${tag}`);
}

/** Program that puts the directory of its second argument on top of the only image of the layout in the first. */
const addLayer = `
const [layout, directory] = process.argv.slice(1);
const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const blob = (digest) => layout + '/blobs/' + digest.replace(':', '/');
const put = (bytes) => {
  const digest = 'sha256:' + require('node:crypto').createHash('sha256').update(bytes).digest('hex');
  fs.writeFileSync(blob(digest), bytes);
  return { digest, size: bytes.length };
};
const read = (digest) => JSON.parse(fs.readFileSync(blob(digest), 'utf8'));
const index = JSON.parse(fs.readFileSync(layout + '/index.json', 'utf8'));
const manifest = read(index.manifests[0].digest);
const config = read(manifest.config.digest);
const layer = put(execFileSync('tar', ['-c', '-C', directory, '.'], { maxBuffer: 2 ** 28 }));
config.rootfs.diff_ids.push(layer.digest);
delete config.history;
manifest.layers.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer });
Object.assign(manifest.config, put(Buffer.from(JSON.stringify(config))));
Object.assign(index.manifests[0], put(Buffer.from(JSON.stringify(manifest))));
fs.writeFileSync(layout + '/index.json', JSON.stringify(index));
`;

async function succeed(program: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runCommand(program, args);
  if (code !== 0) throw new Error(`${program}: ${stderr}`);
}

interface SlowPath extends AsyncDisposable {
  readonly port: number;
  bytesPerSecond: number;
}

/** A way to a local port that lets only so many bytes a second back. */
async function slowPath(target: number): Promise<SlowPath> {
  const server: Server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const close = (): void => void [client, upstream].map((socket) => socket.destroy());
    client.on('error', close).on('close', close).pipe(upstream);
    upstream.on('error', close).on('end', () => client.end());
    upstream.on('data', (chunk: Buffer) => {
      upstream.pause();
      setTimeout(() => client.write(chunk, () => upstream.resume()), (chunk.length / path.bytesPerSecond) * 1000);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const path: SlowPath = {
    port: typeof address === 'object' && address ? address.port : 0,
    bytesPerSecond: Infinity,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
  return path;
}
