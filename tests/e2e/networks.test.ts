import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContainerServiceDefinition, type CreateOptions, type DeepPartial } from '@arcbox/proto/arcbox/engine/v1/container';
import { NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { describeIf, eventually, freePort } from '@arcbox/testing';
import { hello } from './engine.ts';
import { oneEngine } from './one-engine.ts';

type Request = NonNullable<Parameters<ReturnType<typeof clients>['containers']['create']>[0]['container']>;

const engineOf = oneEngine();

function clients() {
  return { containers: engineOf().client(ContainerServiceDefinition), networks: engineOf().client(NetworkServiceDefinition) };
}

/** A container that sleeps; removed with the engine. */
async function start(name: string, request: Request = {}, options: DeepPartial<CreateOptions> = {}): Promise<string> {
  const { containers } = clients();
  const { id } = await containers.create({ container: { image: hello, name, cmd: ['sleep', '1000'], ...request }, options });
  await containers.start({ id });
  return id;
}

async function makeNetwork(name: string): Promise<(host: number) => string> {
  const block = `10.${randomInt(64, 250)}.${randomInt(1, 250)}`;
  const { networks } = clients();
  await networks.create({ name, ipam: { subnets: [{ subnet: `${block}.0/24` }] } });
  return (host) => `${block}.${host}`;
}

/** What a command in a container prints; throws when it fails. */
async function exec(containerId: string, ...cmd: string[]): Promise<string> {
  async function* requests() {
    yield { message: { $case: 'process' as const, value: { containerId, cmd, attachStdout: true, attachStderr: true } } };
  }
  let text = '';
  for await (const { message } of clients().containers.exec(requests())) {
    if (message?.$case === 'output') text += Buffer.from(message.value.data).toString();
    if (message?.$case === 'exitCode' && message.value !== 0) throw new Error(`${cmd.join(' ')}: exit ${message.value}\n${text}`);
  }
  return text.trim();
}
const lookUp = (from: string, name: string): Promise<string> => exec(from, 'nslookup', '-type=a', name);
const answers = (from: string, name: string, address: string): Promise<void> =>
  eventually(async () => expect(await lookUp(from, name)).toContain(`Address: ${address}`));

async function connectionsOf(name: string) {
  const { networks } = await clients().networks.list({});
  const infos = await Promise.all(networks.map(({ id }) => clients().networks.inspect({ id })));
  return infos.flatMap((info) => Object.values(info.containers).filter((member) => member.name === name).map((member) => ({ network: info.name, ...member })));
}

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'networks of containers', () => {
  it('give the addresses that were asked for, and names, also after a rename', async () => {
    const [front, back] = [await makeNetwork('front'), await makeNetwork('back')];
    const db = await start('db', { networkMode: 'back' }, {
      networks: [{ network: 'back', ipv4Address: back(77), macAddress: '02:00:00:00:00:4D', aliases: ['database'] }],
    });
    await start('web', {}, { networks: [{ network: 'front' }, { network: 'back' }] });
    expect(await connectionsOf('db')).toMatchObject([{ network: 'back', ipv4Address: `${back(77)}/24`, macAddress: '02:00:00:00:00:4d' }]);
    expect((await connectionsOf('web')).map(({ network }) => network).sort()).toEqual(['back', 'front']);
    expect(await exec('web', 'ip', 'route')).toContain(`default via ${front(1)} dev eth0`);
    for (const name of ['db', 'database', db.slice(0, 12)]) await answers('web', name, back(77));
    await clients().containers.rename({ id: 'db', name: 'store' });
    await answers('web', 'store', back(77));
    await expect(lookUp('web', 'db')).rejects.toThrow();
    expect(await connectionsOf('store')).toHaveLength(1);
  });

  it('come and go while a container runs, and stay over its next start', async () => {
    const side = await makeNetwork('side');
    const { containers } = clients();
    await start('peer', { networkMode: 'side' });
    await start('roamer');
    await exec('roamer', 'sh', '-c', 'echo 192.0.2.7 mine >>/etc/hosts');
    const attachment = { network: 'side', ipv4Address: side(50), aliases: ['guest'] };
    await containers.connectNetwork({ id: 'roamer', attachment });
    await expect(containers.connectNetwork({ id: 'roamer', attachment })).rejects.toThrow('ALREADY_EXISTS: container roamer is connected to network side already');
    expect(await exec('roamer', 'ip', 'addr', 'show', 'eth1')).toContain(`inet ${side(50)}/24`);
    await answers('roamer', 'peer', (await connectionsOf('peer'))[0]?.ipv4Address.split('/')[0] ?? '');
    await answers('peer', 'guest', side(50));
    const hosts = await exec('roamer', 'cat', '/etc/hosts');
    expect(hosts).toContain('192.0.2.7 mine\n');
    expect(hosts).toContain(`${side(50)}\t`);
    await containers.restart({ id: 'roamer', timeoutSeconds: 0 });
    await answers('peer', 'guest', side(50));
    await containers.disconnectNetwork({ id: 'roamer', network: 'bridge' });
    expect(await exec('roamer', 'ip', 'route')).toContain(`default via ${side(1)}`);
    expect(await exec('roamer', 'ip', 'link')).not.toContain('eth0');
    await containers.disconnectNetwork({ id: 'roamer', network: 'side' });
    expect(await exec('roamer', 'cat', '/etc/hosts')).not.toContain(side(50));
    await expect(containers.disconnectNetwork({ id: 'roamer', network: 'side' })).rejects.toThrow('FAILED_PRECONDITION: container roamer is not connected to network side');
    await containers.stop({ id: 'roamer', timeoutSeconds: 0 });
    await containers.connectNetwork({ id: 'roamer', attachment: { ...attachment, ipv4Address: side(51) } });
    await containers.start({ id: 'roamer' });
    expect(await connectionsOf('roamer')).toMatchObject([{ network: 'side', ipv4Address: `${side(51)}/24` }]);
    const events = await engineOf().ok('events', '--since', '1h', '--until', '0s', '--filter', 'type=network', '--format', '{{.Action}} {{.Actor.Attributes.name}}');
    expect(events).toMatch(/connect side[^]*disconnect bridge[^]*disconnect side/);
  });

  it('are refused where a container has none of its own', async () => {
    const { containers } = clients();
    await makeNetwork('lan');
    await start('hosted', { networkMode: 'host' });
    await start('lonely', { networkMode: 'none' });
    await start('guest', { networkMode: 'container:hosted' });
    const connect = (id: string, network = 'lan') => containers.connectNetwork({ id, attachment: { network } });
    await expect(connect('hosted')).rejects.toThrow('FAILED_PRECONDITION: container hosted cannot be connected to network lan: it uses the network of the host');
    await expect(connect('guest')).rejects.toThrow('FAILED_PRECONDITION: container guest cannot be connected to network lan: it uses the network of another container');
    await expect(connect('lonely')).rejects.toThrow('FAILED_PRECONDITION: container lonely cannot be connected to network lan: it is on network none');
    await expect(connect('lonely', 'nowhere')).rejects.toThrow('NOT_FOUND: no such network: nowhere');
    await expect(containers.disconnectNetwork({ id: 'hosted', network: 'host' })).rejects.toThrow('FAILED_PRECONDITION');
    await containers.stop({ id: 'lonely', timeoutSeconds: 0 });
    await containers.disconnectNetwork({ id: 'lonely', network: 'none' });
    await containers.start({ id: 'lonely' });
    await connect('lonely');
    expect(await exec('lonely', 'ip', 'route')).toContain('default via');
    await expect(connect('lonely', 'none')).rejects.toThrow('FAILED_PRECONDITION: container lonely cannot be connected to network none: it is on other networks');
    await expect(connect('lonely', 'host')).rejects.toThrow('FAILED_PRECONDITION: container lonely cannot be connected to network host');
    const taken = { networks: [{ network: 'lan', ipv4Address: (await connectionsOf('lonely'))[0]?.ipv4Address.split('/')[0] ?? '' }] };
    await expect(start('late', {}, taken)).rejects.toThrow(/FAILED_PRECONDITION: address \S+ of network lan is used by container lonely/);
    await expect(start('other', {}, { networks: [{ network: 'bridge', ipv4Address: '10.1.1.1' }] })).rejects.toThrow('INVALID_ARGUMENT');
    await containers.stop({ id: 'lonely', timeoutSeconds: 0 });
    await engineOf().ok('network', 'rm', 'lan');
    await containers.disconnectNetwork({ id: 'lonely', network: 'lan', force: true });
    await containers.start({ id: 'lonely' });
  });

  it('are joined and left by a container that was started without one', async () => {
    const { containers } = clients();
    const block = await makeNetwork('visited');
    await start('hermit', { networkMode: 'none' });
    const present = async (): Promise<string[]> => (await connectionsOf('hermit')).map(({ network }) => network);
    const links = async (): Promise<string> => (await exec('hermit', 'ls', '/sys/class/net')).split(/\s+/).join(' ');
    expect([await present(), await links()]).toEqual([['none'], 'lo']);
    await containers.disconnectNetwork({ id: 'hermit', network: 'none' });
    expect(await present()).toEqual([]);
    await containers.connectNetwork({ id: 'hermit', attachment: { network: 'visited', ipv4Address: block(9) } });
    expect([await present(), await links()]).toEqual([['visited'], 'eth0 lo']);
    expect(await exec('hermit', 'cat', '/etc/hosts')).toContain(`${block(9)}\t`);
    await answers('hermit', 'hermit', block(9));
    await containers.disconnectNetwork({ id: 'hermit', network: 'visited' });
    const addressed = { id: 'hermit', attachment: { network: 'none', ipv4Address: block(9) } };
    await expect(containers.connectNetwork(addressed)).rejects.toThrow('INVALID_ARGUMENT: network mode none cannot be combined');
    await containers.connectNetwork({ id: 'hermit', attachment: { network: 'none' } });
    expect([await present(), await links()]).toEqual([['none'], 'lo']);
    await containers.restart({ id: 'hermit', timeoutSeconds: 0 });
    expect([await present(), await links()]).toEqual([['none'], 'lo']);
    await containers.stop({ id: 'hermit', timeoutSeconds: 0 });
    expect(await present()).toEqual([]);
  });

  it('reach what their mode lets them reach: the host, nobody, the place of another', async () => {
    const [hostPort, published] = [await freePort(), await freePort()];
    const serve = (port: number): string[] => ['sh', '-c', `while :; do echo from-${port} | nc -l -p ${port}; done`];
    const heard = (from: string, address: string, port: number): Promise<string> =>
      eventually(async () => {
        const said = await exec(from, 'sh', '-c', `nc -w 2 ${address} ${port} </dev/null`);
        // Between two of its lives the server may be gone before it says a word.
        expect(said).not.toBe('');
        return said;
      });
    await start('of-the-host', { networkMode: 'host', cmd: serve(hostPort) });
    await start('donor', { ports: [{ containerPort: 80, hostPort: published }] });
    await start('lodger', { networkMode: 'container:donor', cmd: serve(80) });
    await start('alone', { networkMode: 'none' });
    const [{ ipv4Address = '' } = {}] = await connectionsOf('donor');
    const donor = ipv4Address.split('/')[0] ?? '';
    const gateway = (await clients().networks.inspect({ id: 'bridge' })).ipam?.subnets[0]?.gateway ?? '';
    expect(await heard('donor', '127.0.0.1', 80)).toBe('from-80');
    expect(await heard('donor', gateway, hostPort)).toBe(`from-${hostPort}`);
    expect(await heard('of-the-host', '127.0.0.1', published)).toBe('from-80');
    expect(await heard('of-the-host', donor, 80)).toBe('from-80');
    expect(await heard('of-the-host', '127.0.0.1', hostPort)).toBe(`from-${hostPort}`);
    expect(await exec('alone', 'ip', '-o', 'link')).toMatch(/^1: lo:[^\n]*$/);
    for (const [address, port] of [[donor, 80], [gateway, hostPort], ['127.0.0.1', hostPort]] as const) {
      await expect(exec('alone', 'sh', '-c', `nc -w 1 ${address} ${port} </dev/null`)).rejects.toThrow('exit 1');
    }
    // The lodger goes; the place is still the donor's.
    await engineOf().ok('rm', '--force', 'lodger');
    expect(await connectionsOf('donor')).toHaveLength(1);
  });

  it('name servers and hosts are as asked for', async () => {
    const dns = { dns: ['192.0.2.53'], dnsSearch: ['example.test'], dnsOptions: ['timeout:1'], extraHosts: ['db:192.0.2.9', 'six:[2001:db8::9]', 'gateway:host-gateway'] };
    await start('asker', {}, dns);
    expect(await exec('asker', 'cat', '/etc/resolv.conf')).toBe('nameserver 192.0.2.53\nsearch example.test\noptions timeout:1');
    const gateway = (await clients().networks.inspect({ id: 'bridge' })).ipam?.subnets[0]?.gateway;
    const hosts = await exec('asker', 'cat', '/etc/hosts');
    expect(hosts).toContain(`192.0.2.9\tdb\n2001:db8::9\tsix\n${gateway}\tgateway`);
    const near = await makeNetwork('near');
    await start('named', { networkMode: 'near' }, dns);
    expect(await exec('named', 'cat', '/etc/resolv.conf')).toBe(`nameserver ${near(1)}\nsearch example.test\noptions ndots:0 timeout:1`);
    await expect(start('bad', {}, { extraHosts: ['db'] })).rejects.toThrow('INVALID_ARGUMENT: invalid extra host db');
    await expect(start('bad', { networkMode: 'container:asker' }, dns)).rejects.toThrow('INVALID_ARGUMENT');
  });

  it('have IPv6 alone where that is asked for', async () => {
    const engine = engineOf();
    await engine.ok('network', 'create', '--ipv6', '--ipv4=false', 'six');
    for (const [name, ...options] of [['plain'], ['dual', '--ipv6', '--ipv4=true']] as const) {
      await engine.ok('network', 'create', ...options, name);
      const shown = await engine.ok('network', 'inspect', '--format', '{{.EnableIPv4}} {{.EnableIPv6}}', name);
      expect(shown).toBe(`true ${name === 'dual'}`);
    }
    expect(await engine.ok('network', 'inspect', '--format', '{{.EnableIPv4}} {{.EnableIPv6}} {{len .IPAM.Config}}', 'six')).toBe('false true 1');
    expect(await engine.ok('network', 'inspect', '--format', '{{.EnableIPv4}} {{.EnableIPv6}}', 'bridge')).toBe('true false');
    await start('sixth', { networkMode: 'six' });
    await start('seventh', { networkMode: 'six' });
    const [{ ipv4Address, ipv6Address = '' } = {}] = await connectionsOf('sixth');
    expect(ipv4Address).toBe('');
    const address = ipv6Address.split('/')[0] ?? '';
    await eventually(async () => expect(await exec('seventh', 'nslookup', '-type=aaaa', 'sixth')).toContain(`Address: ${address}`));
    expect(await exec('seventh', 'ping', '-6', '-c', '1', '-w', '10', 'sixth')).toContain(address);
    expect(await exec('sixth', 'cat', '/etc/hosts')).toContain(`${address}\t`);
    expect(await exec('sixth', 'ip', '-4', '-o', 'addr')).not.toContain('eth0');
  });

  it('ports stay with the container while every worker is away, and are free with its end', async () => {
    const engine = engineOf();
    const port = await freePort();
    const server = { cmd: ['sh', '-c', 'while :; do echo up | nc -l -p 80; done'], ports: [{ containerPort: 80, hostPort: port }] };
    await start('server', server);
    await expect(start('rival', server)).rejects.toThrow(`FAILED_PRECONDITION: port ${port}/tcp is already published by container server`);
    const held = join('/proc', String(engine.pid('networks-0')));
    engine.kill('networks-0');
    await eventually(() => expect(() => readFileSync(held)).toThrow());
    await eventually(() => clients().networks.list({}));
    expect(await connectionsOf('server')).toHaveLength(1);
    // Whoever replaces it need not know when its ports are back.
    await engine.ok('kill', 'server');
    await start('heir', server);
    await engine.ok('kill', 'heir');
    await start('grandchild', server);
  });
});
