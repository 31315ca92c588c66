import { join } from 'node:path';
import { mount, MountFlag, unmount } from '@arcbox/linux';
import { openStore } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import { Images } from '../src/clients/images-client.ts';
import { commitContainer } from '../src/commit/commit.ts';
import { freezeForCommit } from '../src/commit/commit-pause.ts';
import { Containers } from '../src/record/containers.ts';
import { placesOf } from '../src/record/places.ts';
import { cgroupDirectory, isUnified } from '../src/runtime/cgroup.ts';
import { cgroupPath } from '../src/spec/cgroup-path.ts';
import { historyOf, needs, run, startEngine, type TestEngine } from './engine.ts';
import { commits, imageConfig } from './fake-peers.ts';

describeIf(needs, 'commit', () => {
  let engine: TestEngine;
  beforeAll(async () => void (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());
  const stateOf = async (id: string): Promise<string | undefined> => (await engine.containers.inspect({ id })).state?.status;

  it('gives the image the settings of the container', async () => {
    imageConfig.config = { Env: ['A=image'], ExposedPorts: { '80/tcp': {} }, StopSignal: 'SIGUSR1', Volumes: { '/data': {} }, Shell: ['/bin/ash'] };
    const request = { env: { B: 'container' }, labels: { tier: 'web' }, user: 'worker', workingDir: '/tmp', ports: [{ containerPort: 53, protocol: 'udp' }] };
    const { id } = await engine.containers.create({ image: 'busybox', entrypoint: ['sh', '-c'], cmd: ['true'], ...request });
    imageConfig.config = {};
    commits.made = [];
    const wish = { reference: 'made:1', author: 'me', message: 'why', changes: ['CMD ["ls"]'] };
    expect(await engine.engine.commit({ id, ...wish })).toEqual({ id: `sha256:${'a'.repeat(64)}` });
    expect(commits.made).toEqual([
      {
        ...wish,
        createdBy: 'true',
        config: {
          Env: expect.arrayContaining(['A=image', 'B=container']),
          Entrypoint: ['sh', '-c'],
          Cmd: ['true'],
          User: 'worker',
          WorkingDir: '/tmp',
          Labels: { tier: 'web' },
          ExposedPorts: { '80/tcp': {}, '53/udp': {} },
          Volumes: { '/data': {} },
          StopSignal: 'SIGUSR1',
          Healthcheck: null,
        },
      },
    ]);
    await eventually(async () => {
      const told = (await historyOf(engine)).find(({ action, actor }) => action === 'commit' && actor?.id === id);
      expect(told?.actor?.attributes).toMatchObject({ comment: 'why', imageRef: 'made:1', imageID: `sha256:${'a'.repeat(64)}` });
    });
  });

  it('pauses a container that runs, unless told not to, and lets it go on also after a failure', async () => {
    const { id } = await run(engine, ['sleep', '1000']);
    const states: (string | undefined)[] = [];
    commits.during = async (container) => void states.push(await stateOf(container));
    await engine.engine.commit({ id });
    await engine.engine.commit({ id, noPause: true });
    commits.during = async () => Promise.reject(new Error('no'));
    await expect(engine.engine.commit({ id })).rejects.toThrow();
    delete commits.during;
    expect(states).toEqual(['paused', 'running']);
    expect(await stateOf(id)).toBe('running');
    await engine.containers.pause({ id });
    await engine.engine.commit({ id });
    expect(await stateOf(id)).toBe('paused');
    await engine.containers.remove({ id, force: true });
  });

  it('lets a container go on for which the images worker does nothing, and one that cannot be frozen', async () => {
    const { id } = await run(engine, ['sleep', '1000']);
    using store = openStore(join(engine.root.paths.service('containers'), 'state.db'));
    using containers = new Containers(store);
    const images = new Images(engine.worker.host.clients, { commit: 200, piece: 200 });
    const deps = { containers, images, places: placesOf(engine.root.paths) };
    const options = { reference: '', author: '', message: '', changes: [], keepRunning: false };
    const hanging = Promise.withResolvers<void>();
    commits.during = () => hanging.promise;
    await expect(commitContainer(deps, id, options, new AbortController().signal)).rejects.toMatchObject({ kind: 'deadline-exceeded' });
    delete commits.during;
    hanging.resolve();
    expect(await stateOf(id)).toBe('running');
    if (!isUnified()) {
      // What is written to it has no effect, as with a process that hangs in the kernel.
      const file = join(cgroupDirectory(cgroupPath({ id }), 'freezer'), 'freezer.state');
      mount({ type: 'none', source: '/dev/null', target: file, flags: MountFlag.bind });
      await expect(engine.engine.commit({ id })).rejects.toThrow(/DEADLINE_EXCEEDED: cgroup \S+ stays thawed/);
      expect(await stateOf(id)).toBe('running');
      unmount(file);
    }
    await engine.containers.remove({ id, force: true });
  });

  it('leaves no container frozen when the worker dies meanwhile', async () => {
    const { id } = await run(engine, ['sleep', '1000']);
    {
      // As a killed worker leaves it.
      using store = openStore(join(engine.root.paths.service('containers'), 'state.db'));
      using containers = new Containers(store);
      await freezeForCommit(containers, containers.find(id));
    }
    const replica = await engine.replica('1');
    await eventually(async () => expect((await replica.containers.inspect({ id })).state?.status).toBe('running'));
    await engine.containers.remove({ id, force: true });
  });
});
