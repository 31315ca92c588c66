import type { Json } from '../settings/json.ts';
import { drawPlan } from './draw-plan.ts';

const image = 'a'.repeat(64);

const container = (name: string, host: Json = {}, more: Json = {}): Json => ({
  Id: `id-of-${name}`,
  Name: `/${name}`,
  Image: image,
  State: { Running: true },
  HostConfig: { NetworkMode: 'none', ...host },
  Mounts: [{ Type: 'volume', Name: 'data', Destination: '/data' }],
  ...more,
});

const plan = (...containers: Json[]) => drawPlan({ source: 'docker', containers, images: [{ Id: image, Os: 'linux' }], strays: [], volumes: [{ Name: 'data' }], networks: [] });

describe('what is left behind', () => {
  it('takes those along that share something with it, and goes on writing', () => {
    const fleeting = container('fleeting', { AutoRemove: true });
    const first = container('first', { NetworkMode: 'container:id-of-fleeting' });
    const second = container('second', { PidMode: 'container:id-of-first' });
    const { containers, others, unsupported, warnings } = plan(second, first, container('web'), fleeting);
    expect(others).toEqual(['id-of-second', 'id-of-first', 'id-of-fleeting']);
    expect(containers.map(({ name }) => name)).toEqual(['web']);
    expect(unsupported.toSorted()).toEqual([
      'container first: it shares something with the container fleeting, which is not brought over',
      'container fleeting: it removes itself when it is stopped',
      'container second: it shares something with the container first, which is not brought over',
    ]);
    const goesOn = (name: string): string => `volume data: the container ${name} goes on writing to it: it is not brought over, and not stopped`;
    expect(warnings.filter((one) => one.startsWith('volume')).toSorted()).toEqual([...['first', 'fleeting', 'second'].map(goesOn), 'volume data: the container web, which uses it, will be stopped']);
  });

  it('is whatever cannot have its name here', () => {
    const [long, longer] = ['c'.repeat(255), 'c'.repeat(256)];
    const { containers, unsupported } = plan(container(long), container(longer));
    expect(containers.map(({ name }) => name)).toEqual([long]);
    expect(unsupported).toEqual([`container ${longer}: its name is longer than 255 characters`]);
  });
});

it('what is at the source for no container and under no name is told', () => {
  const strays = [{ Id: `sha256:${'b'.repeat(64)}`, RepoDigests: ['<none>@<none>'] }, { Id: 'c', RepoDigests: ['app@sha256:1'] }, ...Array.from({ length: 4 }, () => ({ Id: 'd' }))];
  expect(drawPlan({ source: 'docker', containers: [], images: [], strays, volumes: [], networks: [] }).unsupported).toEqual([
    '6 images without a tag that no container uses: sha256:bbbbbbbbbbbb, app@sha256:1, d, d, d, …',
  ]);
});

it('who runs again with the engine of the source is told', () => {
  const always = container('web', { RestartPolicy: { Name: 'always' } });
  expect(plan(always, container('db', { RestartPolicy: { Name: 'unless-stopped' } })).warnings).toContain(
    'containers that are always restarted run again at the source, too, when that engine is started anew: web',
  );
});

it('who has a link on a network starts after the other, whatever that was called by', () => {
  const linking = container('web', {}, { NetworkSettings: { Networks: { back: { Links: ['id-of-db:database'] } } } });
  expect(plan(linking, container('db')).containers.map(({ after }) => after)).toEqual([['db'], []]);
});

it('what is not as it was is told with whose it is', () => {
  const lossy = container('web', { Runtime: 'runsc' });
  const volume = { Name: 'data', Options: { x: 'y' } };
  const { warnings } = drawPlan({ source: 'docker', containers: [lossy], images: [{ Id: image }], strays: [], volumes: [volume], networks: [{ Name: 'mesh', Attachable: true }] });
  expect(warnings).toEqual(
    expect.arrayContaining(['container web: not carried: runtime runsc: here it is runc', 'volume data: not carried: option x=y', expect.stringContaining('network mesh: not carried: attachable')]),
  );
});
