import { describeIf, freePort, startRegistry, temporaryRoot } from '@arcbox/testing';
import { type Engine, hello, pushBusybox, startEngine } from './engine.ts';

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'docker-registry', 'skopeo'], 'bad input', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });

  it.each([
    [['pull', 'Not/Lower'], /invalid reference/i],
    [['inspect', 'nobody'], /no such object: nobody/],
    [['stop', 'nobody'], /no such container: nobody/],
    [['logs', 'nobody'], /no such container: nobody/],
    [['rmi', 'nobody'], /no such image: nobody/],
    [['wait', 'nobody'], /no such container: nobody/],
    [['kill', '-s', 'NOPE', 'nobody'], /no such container|signal/i],
    [['ps', '--filter', 'colour=red'], /colour/],
    [['create', '--name', '!', hello], /name/],
    [['create', '-m', '1', hello], /memory/i],
    [['run', '--rm', '--network', 'nowhere', hello], /nowhere/],
  ])('%j is refused with a message of one line', async (args, message) => {
    const { code, stderr, stdout } = await engine.arcbox(...args);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout.replace(/^\[\]\n$/, '')).toBe('');
  });

  it('names a registry that is down', async () => {
    const port = await freePort();
    const { code, stderr } = await engine.arcbox('pull', `localhost:${port}/x:1`);
    expect(code).toBe(1);
    expect(stderr).toContain(`localhost:${port}`);
  });

  it('tells unknown images and wrong credentials apart', async () => {
    await using registry = await startRegistry({ account: { username: 'ann', password: 'secret' } });
    await using files = temporaryRoot();
    await pushBusybox(files.path, `${registry.host}/b:1`, 'ann:secret');
    expect((await engine.arcbox('pull', `${registry.host}/b:1`)).stderr).toMatch(/requires a login|refused|unauthori[sz]ed|credentials/i);
    const refused = await engine.arcbox('login', '-u', 'ann', '-p', 'wrong', registry.host);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/requires a login|refused|unauthori[sz]ed|credentials/i) });
    await engine.ok('login', '-u', 'ann', '-p', 'secret', registry.host);
    expect((await engine.arcbox('pull', `${registry.host}/b:2`)).stderr).toMatch(/not found|manifest unknown/i);
    expect(await engine.ok('images', '-q', `${registry.host}/b`)).toBe('');
  });

  it('keeps one container a name', async () => {
    await engine.ok('create', '--name', 'twin', hello);
    expect((await engine.arcbox('create', '--name', 'twin', hello)).stderr).toContain('"twin" is already in use');
  });
});
