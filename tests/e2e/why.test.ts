import { describeIf, eventually } from '@arcbox/testing';
import { hello } from './engine.ts';
import { oneEngine } from './one-engine.ts';

const root = (method: string): string => String.raw`by root \(pid \d+\) with ${method}`;

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'arcbox why', () => {
  const engine = oneEngine();

  /** Asked until the log has come so far: events are on their way for a moment. */
  const says = (name: string, expected: RegExp): Promise<string> =>
    eventually(async () => {
      const told = await engine().ok('why', name);
      expect(told).toMatch(expected);
      return told;
    });

  it('tells of containers of one name, those that are gone too, and who has asked', async () => {
    await engine().ok('run', '-d', '--name', 'web', hello, 'sleep', '600');
    await says('web', new RegExp(`^web has run for .*, started ${root('ContainerService.Start')}\n`));
    await engine().ok('stop', '-t', '1', 'web');
    const stopped = new RegExp(`^web exited with 137 .* ago: it did not end on SIGTERM and was killed ${root('ContainerService.Stop')}\n`);
    const lines = (await says('web', stopped)).split('\n').slice(3);
    const what = lines.map((line) => line.slice(28).replace(/ {3}.*/, ''));
    // Another worker tells of the network, at its own time.
    expect(what.filter((words) => !words.includes('network'))).toEqual([
      `created from ${hello}`,
      'started',
      'was sent SIGTERM',
      'was sent SIGKILL',
      expect.stringMatching(/^exited with 137/),
      'stopped',
    ]);
    expect(what).toContain('connected to network bridge');
    await engine().ok('rm', 'web');
    await says('web', new RegExp(`^web was removed .* ago ${root('ContainerService.Remove')}; before that it exited with 137`));
    await engine().arcbox('run', '--rm', '--name', 'web', hello, 'sh', '-c', 'exit 3');
    await says('web', /^web was removed [^]*\nweb was removed .* ago because it was made to be removed when it ends \(--rm\); before that it exited with 3:/);
    const stories = JSON.parse(await engine().ok('why', '--json', 'container/web')) as { id: string; events: { action: string }[] }[];
    expect(stories.map(({ events }) => events.at(-1)?.action)).toEqual(['destroy', 'destroy']);
    expect(await engine().ok('why', stories[0]?.id.slice(0, 12) ?? '')).toMatch(/^web was removed/);
  });

  it('tells of volumes, networks and images', async () => {
    await engine().ok('volume', 'create', 'data');
    await engine().ok('volume', 'rm', 'data');
    await says('data', new RegExp(`^volume data was removed .* ago ${root('VolumeService.Remove')}\n`));
    await engine().ok('network', 'create', 'backend');
    await engine().ok('run', '-d', '--name', 'db', '--network', 'backend', hello, 'sleep', '600');
    await says('network/backend', new RegExp(`^network backend was created .* ago ${root('NetworkService.Create')}; connected to it now: db\n`));
    await engine().ok('tag', hello, 'other:1');
    await says('other', new RegExp(`^other:1 was tagged .* ago ${root('ImageService.Tag')}`));
  });

  it('says so when it knows nothing', async () => {
    expect(await engine().arcbox('why', 'nobody')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'arcbox: no such container, image, network, volume in the event log: nobody\n',
    });
    expect(await engine().arcbox('why', '--type', 'volume', 'nobody')).toMatchObject({ code: 1, stderr: 'arcbox: no such volume in the event log: nobody\n' });
  });
});
