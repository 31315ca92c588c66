import { status as Status } from '@grpc/grpc-js';
import { describeIf, eventually } from '@arcbox/testing';
import { collect, historyOf, needs, run, startEngine, textOf } from './engine.ts';

describeIf(needs, 'rename, restart and terminals', () => {
  it('gives a container another name, and the old one to somebody else', async () => {
    await using engine = await startEngine();
    const { containers, engine: extras } = engine;
    const { id } = await run(engine, ['sleep', '1000'], { name: 'before' });
    const other = await containers.create({ image: 'busybox', name: 'taken', cmd: ['true'] });
    await expect(extras.rename({ id: 'before', name: 'taken' })).rejects.toThrow(/"taken" is already in use by container/);
    await expect(extras.rename({ id: 'before', name: 'before' })).rejects.toThrow('has that name already');
    await expect(extras.rename({ id: 'before', name: 'no good' })).rejects.toThrow('invalid container name');
    await extras.rename({ id: 'before', name: '/after' });
    expect((await containers.inspect({ id: 'after' })).id).toBe(id);
    await expect(containers.inspect({ id: 'before' })).rejects.toMatchObject({ code: Status.NOT_FOUND });
    await extras.rename({ id: other.id, name: 'before' });
    const renamed = await eventually(async () => {
      const found = (await historyOf(engine)).filter(({ action }) => action === 'rename');
      expect(found).toHaveLength(2);
      return found[0];
    });
    expect(renamed?.actor).toMatchObject({ id, attributes: { name: 'after', oldName: '/before' } });
  });

  it('starts a container again, whether it runs or not', async () => {
    await using engine = await startEngine();
    const { containers, engine: extras } = engine;
    const { id } = await run(engine, ['sh', '-c', 'echo run; trap "exit 0" TERM; while :; do sleep 0.05; done']);
    const first = (await containers.inspect({ id })).state;
    await eventually(async () => expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('run\n'));
    await extras.restart({ id });
    const second = (await containers.inspect({ id })).state;
    expect(second).toMatchObject({ running: true });
    expect(second?.pid).not.toBe(first?.pid);
    await containers.stop({ id, timeout: 5 });
    await extras.restart({ id });
    expect((await containers.inspect({ id })).state).toMatchObject({ running: true });
    const actions = await eventually(async () => {
      const seen = (await historyOf(engine)).map(({ action }) => action);
      expect(seen.filter((action) => action === 'restart')).toHaveLength(2);
      return seen;
    });
    expect(actions.slice(0, 6)).toEqual(['create', 'start', 'kill', 'die', 'stop', 'start']);
  });

  it('lets nobody between the stop and the start', async () => {
    await using engine = await startEngine();
    const { containers, engine: extras } = engine;
    const { id } = await run(engine, ['sh', '-c', 'trap "echo ending; sleep 0.3; exit 0" TERM; echo up; while :; do sleep 0.05; done']);
    const hasSaid = (text: string) => eventually(async () => expect(textOf(await collect(containers.logs({ containerId: id })))).toBe(text));
    await hasSaid('up\n');
    const restarting = extras.restart({ id });
    await hasSaid('up\nending\n');
    const removing = containers.remove({ id, force: true });
    await restarting;
    await removing;
    await eventually(async () => {
      const actions = (await historyOf(engine)).map(({ action }) => action).filter((action) => action !== 'kill');
      expect(actions).toEqual(['create', 'start', 'die', 'stop', 'start', 'restart', 'die', 'destroy']);
    });
  });

  it('gives a terminal its size before the program looks', async () => {
    await using engine = await startEngine();
    const { containers, engine: extras } = engine;
    const { id } = await containers.create({ image: 'busybox', cmd: ['stty', 'size'], tty: true });
    await extras.start({ id, height: 33, width: 101 });
    await containers.wait({ id });
    expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('33 101\r\n');
  });

  it('resizes the terminal of a running container only', async () => {
    await using engine = await startEngine();
    const { containers, engine: extras } = engine;
    const { id } = await run(engine, ['sh', '-c', 'until [ "$(stty size 2>/dev/null)" = "40 120" ]; do sleep 0.02; done; echo seen'], { tty: true });
    await extras.resize({ id, height: 40, width: 120 });
    await containers.wait({ id });
    expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('seen\r\n');
    await expect(extras.resize({ id, height: 40, width: 120 })).rejects.toThrow('is not running');
    const plain = await run(engine, ['sleep', '1000']);
    await expect(extras.resize({ id: plain.id, height: 40, width: 120 })).rejects.toThrow('has no terminal');
  });
});
