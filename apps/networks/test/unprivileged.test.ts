import { newId, startEngine } from './engine.ts';

describe('without root', () => {
  beforeEach(() => {
    jest.spyOn(process, 'getuid').mockReturnValue(1000);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('networks can be looked at, and opening says what is missing', async () => {
    await using engine = await startEngine();
    const { networks } = await engine.networks.list({});
    expect(networks.map(({ name }) => name)).toEqual(['bridge', 'host', 'none']);
    expect((await engine.networks.inspect({ id: 'bridge' })).ipam?.subnets).toHaveLength(1);
    const reason = 'FAILED_PRECONDITION: networks need root: the networks worker runs without it';
    await expect(engine.sandboxes.open({ containerId: newId(), containerName: 'a' })).rejects.toThrow(reason);
    await expect(engine.networks.create({ name: 'app' })).rejects.toThrow(reason);
    await engine.sandboxes.close({ containerId: newId() });
    expect((await engine.sandboxes.list({})).sandboxes).toEqual([]);
  });
});
