import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, eventually, startProcess, temporaryRoot } from '@arcbox/testing';
import { Agent, request } from 'undici';
import { toCreateOrder } from '../src/settings/container.ts';
import { type Json, objectOf, objectsOf, textOf } from '../src/settings/json.ts';
import { surroundingsOf } from '../src/settings/surroundings.ts';

/** What may be anything and changes nothing: it follows from something else, or is about a run or a client. */
const without = new Set([
  ...['Created', 'Path', 'Args', 'State', 'ResolvConfPath', 'HostnamePath', 'HostsPath', 'LogPath', 'RestartCount', 'Driver', 'Platform'],
  // The name of the image says enough, and so do name and address that were chosen.
  ...['Image', 'Id', 'Networks.back.IPAddress'],
  ...['MountLabel', 'ProcessLabel', 'AppArmorProfile', 'ExecIDs', 'GraphDriver'],
  ...['Config.AttachStdin', 'Config.AttachStdout', 'Config.AttachStderr', 'Config.Volumes', 'Config.OnBuild'],
  ...['HostConfig.ContainerIDFile', 'HostConfig.VolumeDriver', 'HostConfig.ConsoleSize'],
  // The words of a bind are among `Binds` too; its propagation may be the engine's own choice.
  ...['Mounts.Mode', 'Mounts.Propagation'],
  ...['NetworkSettings.Bridge', 'NetworkSettings.SandboxID', 'NetworkSettings.SandboxKey', 'NetworkSettings.HairpinMode', 'NetworkSettings.Ports'],
  ...['NetworkSettings.LinkLocalIPv6Address', 'NetworkSettings.LinkLocalIPv6PrefixLen', 'NetworkSettings.SecondaryIPAddresses'],
  ...['NetworkSettings.SecondaryIPv6Addresses', 'NetworkSettings.EndpointID', 'NetworkSettings.Gateway', 'NetworkSettings.GlobalIPv6Address'],
  ...['NetworkSettings.GlobalIPv6PrefixLen', 'NetworkSettings.IPAddress', 'NetworkSettings.IPPrefixLen', 'NetworkSettings.IPv6Gateway'],
  'NetworkSettings.MacAddress',
  ...['Gateway', 'IPPrefixLen', 'IPv6Gateway', 'GlobalIPv6PrefixLen', 'NetworkID', 'EndpointID', 'MacAddress'].map((name) => `Networks.back.${name}`),
]);

/** Other values for what is there, of the same kind. */
function othersFor(value: unknown): unknown[] {
  if (typeof value === 'string') return [`${value}x`, 'host', '1-2', '255'];
  if (typeof value === 'number') return [value + 1, -7];
  if (typeof value === 'boolean') return [!value];
  return ['changed', 7, true, ['changed'], ['A=b'], ['shop:ro'], ['db:database'], [{ changed: 'changed' }], { changed: 'changed' }, { '7/sctp': [{ HostPort: '1' }] }, []];
}

interface Place {
  readonly name: string;
  readonly change: (value: unknown) => Json;
  readonly value: unknown;
}

/** Each setting of a container, how to change it, and its name. */
function placesOf(container: Json): Place[] {
  const [config, host, settings] = ['Config', 'HostConfig', 'NetworkSettings'].map((part) => objectOf(container[part]));
  const back = objectOf(objectOf(settings?.['Networks'])['back']);
  const [first = {}, ...others] = objectsOf(container['Mounts']);
  const within = (prefix: string, part: Json, put: (part: Json) => Json): Place[] =>
    Object.entries(part).map(([key, value]) => ({ name: `${prefix}${key}`, value, change: (other) => put({ ...part, [key]: other }) }));
  const parts = new Set(['Config', 'HostConfig', 'NetworkSettings', 'Mounts']);
  const inHost = (key: string): Place[] =>
    within(`HostConfig.${key}.`, objectOf(host?.[key]), (part) => ({ ...container, HostConfig: { ...host, [key]: part } }));
  return [
    ...within('', container, (part) => part).filter(({ name }) => !parts.has(name)),
    ...within('Config.', config ?? {}, (Config) => ({ ...container, Config })),
    ...within('Config.Healthcheck.', objectOf(config?.['Healthcheck']), (Healthcheck) => ({ ...container, Config: { ...config, Healthcheck } })),
    ...within('HostConfig.', host ?? {}, (HostConfig) => ({ ...container, HostConfig })),
    ...inHost('RestartPolicy'),
    ...inHost('LogConfig'),
    ...within('NetworkSettings.', settings ?? {}, (NetworkSettings) => ({ ...container, NetworkSettings })),
    ...within('Networks.back.', back, (part) => ({ ...container, NetworkSettings: { ...settings, Networks: { back: part } } })),
    ...within('Mounts.', first, (mount) => ({ ...container, Mounts: [mount, ...others] })),
  ];
}

const options = {
  Image: 'box:1',
  Cmd: ['sh'],
  Hostname: 'shop',
  Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Timeout: 1e9, StartPeriod: 1e9, Retries: 2 },
  StopSignal: 'INT',
  StopTimeout: 3,
  MacAddress: '02:42:00:00:00:09',
  HostConfig: {
    NetworkMode: 'back',
    Memory: 64 * 1024 * 1024,
    MemorySwap: -1,
    RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
    Binds: ['/srv:/srv:ro'],
  },
  NetworkingConfig: { EndpointsConfig: { back: { IPAMConfig: { IPv4Address: '10.231.7.9' }, Aliases: ['api'] } } },
};

describeIf(['root', 'dockerd', 'unshare'], 'the settings of a container of dockerd', () => {
  it('are each carried, told as lost, or known to follow from others', async () => {
    await using stack = new AsyncDisposableStack();
    const files = stack.use(temporaryRoot());
    const root = join(files.path, 'docker');
    mkdirSync(root);
    const places = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid')];
    const socketPath = join(root, 'docker.sock');
    const words = ['--net', 'dockerd', '--iptables=false', '--bridge', 'none', '--storage-driver', 'vfs'];
    stack.use(await startProcess('unshare', [...words, ...places, '-H', `unix://${socketPath}`]));
    const agent = new Agent({ connect: { socketPath } });
    stack.defer(() => agent.destroy());
    const ask = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Json> => {
      const sent = Buffer.isBuffer(body) ? { body, headers: { 'content-type': 'application/x-tar' } } : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const answer = await request(`http://docker${path}`, { dispatcher: agent, method, ...(body === undefined ? {} : sent) });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${text}`);
      return path.startsWith('/images/create') || path === '/_ping' ? {} : objectOf(JSON.parse(text));
    };
    await eventually(() => ask('GET', '/_ping'));
    // Two empty records are an archive of nothing.
    await ask('POST', '/images/create?fromSrc=-&repo=box&tag=1', Buffer.alloc(1024));
    await ask('POST', '/networks/create', { Name: 'back', IPAM: { Config: [{ Subnet: '10.231.7.0/24' }] } });
    const { Id } = await ask('POST', '/containers/create?name=shop', options);
    const container = await ask('GET', `/containers/${textOf(Id)}/json`);
    const image = await ask('GET', '/images/box:1/json');

    const around = surroundingsOf('docker', [container], []);
    const outcome = (one: Json): string => JSON.stringify(toCreateOrder(one, image, around));
    expect(toCreateOrder(container, image, around).lost).toEqual([]);
    const whole = outcome(container);
    const all = placesOf(container);
    expect(all.length).toBeGreaterThan(150);
    const silent = all.filter(({ value, change }) => othersFor(value).every((other) => outcome(change(other)) === whole));
    expect(silent.map(({ name }) => name).filter((name) => !without.has(name))).toEqual([]);
    // Who is on that list has to be silent, or the list is wrong.
    const loud = all.filter((place) => without.has(place.name) && !silent.includes(place));
    expect(loud.map(({ name }) => name)).toEqual([]);
  });
});
