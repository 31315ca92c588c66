import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { describeIf, eventually, freePort } from '@arcbox/testing';
import { run } from '../src/command.ts';
import { ownLinks, removeLinks } from '../src/links.ts';
import { Records } from '../src/records.ts';
import { type Engine, newId, startEngine } from './engine.ts';
import { listenAt, talk } from './places.ts';

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat', 'busybox'], 'after', () => {
  let engine: Engine;

  beforeEach(async () => {
    engine = await startEngine();
  });

  afterEach(() => engine[Symbol.asyncDispose]());

  async function open(name: string, network: string, port: number) {
    const ports = [{ containerPort: 80, hostPort: port }];
    const { sandbox } = await engine.sandboxes.open({ containerId: newId(), containerName: name, networks: [{ network }], ports });
    if (!sandbox) throw new Error('no sandbox in the answer');
    return sandbox;
  }

  it('a restart of every worker connections go on', async () => {
    const port = await freePort();
    const a = await open('a', 'bridge', port);
    await using _echo = await listenAt(a.netnsPath, 'tcp', 80, 'echo', 'EXEC:cat');
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const exchange = async (text: string): Promise<string> => {
      socket.write(text);
      return String((await once(socket, 'data'))[0]);
    };
    expect(await exchange('before')).toBe('before');
    await engine.stop();
    expect(await exchange('between')).toBe('between');
    await using again = await engine.start('1');
    expect(await exchange('after')).toBe('after');
    expect((await again.sandboxes.list({})).sandboxes).toEqual([a]);
    socket.destroy();
  });

  it('a reboot networks are back and sandboxes are gone', async () => {
    const port = await freePort();
    // Of no pool: another engine on this machine would take the subnet while the bridge is away.
    const ipam = { subnets: [{ subnet: `10.${randomInt(64, 250)}.0.0/16` }] };
    const { id } = await engine.networks.create({ name: 'app', enableIpv6: true, ipam });
    const a = await open('a', 'app', port);
    const before = await engine.networks.inspect({ id });
    await engine.stop();
    await run('umount', [a.netnsPath]);
    await removeLinks((await ownLinks(engine.tag)).map(({ name }) => name));
    await run('nft', ['delete', 'table', 'inet', engine.table]);
    await using again = await engine.start('1');
    expect((await again.sandboxes.list({})).sandboxes).toEqual([]);
    expect(existsSync(a.netnsPath)).toBe(false);
    expect(await again.networks.inspect({ id })).toEqual({ ...before, containers: {} });
    const networks = [{ network: 'app' }];
    const ports = [{ containerPort: 80, hostPort: port }];
    const { sandbox } = await again.sandboxes.open({ containerId: newId(), containerName: 'b', networks, ports });
    await using _server = await listenAt(sandbox?.netnsPath ?? '', 'tcp', 80, 'web');
    expect(await talk('host', 'tcp', '127.0.0.1', port)).toMatch(/^web /);
  });

  it('a crash in the middle everything half done is undone', async () => {
    const port = await freePort();
    const a = await open('a', 'bridge', port);
    const { id } = await engine.networks.create({ name: 'half' });
    const { options } = await engine.networks.inspect({ id });
    await engine.stop();
    // As they stand when the worker is killed while it opens the one and makes the other.
    const store = openStore(join(engine.root.paths.service('networks'), 'state.db'));
    const records = new Records(store);
    records.sandboxes.update(a.containerId, (sandbox) => ({ ...sandbox, state: 'opening', connected: false }));
    records.networks.update(id, (network) => ({ ...network, state: 'creating', announced: false }));
    store[Symbol.dispose]();
    await using again = await engine.start('1');
    expect((await again.sandboxes.list({})).sandboxes).toEqual([]);
    await expect(again.networks.inspect({ id })).rejects.toThrow('NOT_FOUND');
    expect(existsSync(`/sys/class/net/${options['com.docker.network.bridge.name']}`)).toBe(false);
    expect(existsSync(a.netnsPath)).toBe(false);
    await again.networks.create({ name: 'half' });
    // The kernel takes its time over the namespace's interfaces.
    await eventually(async () => expect(await ownLinks(engine.tag)).toHaveLength(2));
  });

  it('its subnet went to somebody else, the default network finds another', async () => {
    const { options, ipam } = await engine.networks.inspect({ id: 'bridge' });
    const [taken] = ipam?.subnets ?? [];
    await engine.stop();
    await removeLinks([options['com.docker.network.bridge.name'] ?? '']);
    const link = `abo-${engine.tag}`;
    await run('ip', ['link', 'add', link, 'type', 'bridge']);
    try {
      await run('ip', ['addr', 'add', `${taken?.gateway}/24`, 'dev', link]);
      await run('ip', ['link', 'set', link, 'up']);
      await using again = await engine.start('1');
      const now = await again.networks.inspect({ id: 'bridge' });
      expect(now.ipam?.subnets[0]?.subnet).not.toBe(taken?.subnet);
    } finally {
      await removeLinks([link]);
    }
  });
});
