import { join } from 'node:path';
import { startRelay } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { openStore } from '@arcbox/store';
import { eventually, freePort } from '@arcbox/testing';
import { packagedIcon } from '../src/packaged-icons.ts';
import { type IconsReplica, startIcons } from './engine.ts';
import { flood, hang, hostsAt, image, json, type Reply, startUpstream, status, type Upstream } from './upstream.ts';

const devicon = (name: string): string => `/cdn/gh/devicons/devicon@latest/icons/${name}/${name}-original.svg`;
const official = (name: string): string => `/cdn/gh/docker-library/docs@master/${name}/logo.png`;
const hubLogo = (path: string): string => `/hub/api/media/repos_logo/v1/${encodeURIComponent(path)}?type=logo`;

const notFound = { url: '', source: 'not_found' };

describe('an icon', () => {
  let stack: AsyncDisposableStack;
  let upstream: Upstream;
  let replica: IconsReplica;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    upstream = stack.use(await startUpstream());
    replica = await stack.use(await startIcons(upstream.hosts)).start('0');
  });
  afterAll(() => stack.disposeAsync());

  const answerTo = (fqin: string) => replica.client.getImageIcon({ fqin });
  const at = (path: string): string => upstream.hosts.jsdelivr.replace(/\/cdn$/, path);

  it.each<[string, string, { [path: string]: Reply }, string, string]>([
    ['of an official image', 'one:1.25', { [official('one')]: image, [devicon('one')]: image }, official('one'), 'docker_official_image'],
    ['of a package on GitHub', 'ghcr.io/owner/two@sha256:' + 'a'.repeat(64), { '/avatars/owner': image, [devicon('two')]: image }, '/avatars/owner', 'ghcr_avatar'],
    ['by its name', 'quay.io/team/three', { [devicon('three')]: image, [devicon('team')]: image }, devicon('three'), 'devicon'],
    ['by its namespace', 'localhost:5000/four/app-4', { [devicon('four')]: image, '/simple/app4': image }, devicon('four'), 'devicon'],
    ['by its brand', 'quay.io/x/postgres', { '/simple/postgresql': image }, '/simple/postgresql', 'simpleicon'],
    ['that answers GET only', 'getonly', { [official('getonly')]: (q, r) => (q.method === 'HEAD' ? status(405) : image)(q, r) }, official('getonly'), 'docker_official_image'],
    ['that is elsewhere', 'moved', { [official('moved')]: status(302, { location: '/elsewhere' }), '/elsewhere': image }, official('moved'), 'docker_official_image'],
  ])('%s comes from the best place that has one', async (_, fqin, replies, path, source) => {
    for (const [where, reply] of Object.entries(replies)) upstream.replies.set(where, reply);
    expect(await answerTo(fqin)).toEqual({ url: at(path), source });
  });

  it.each([
    ['its logo', 'hub-a/app', { [hubLogo('hub-a/app')]: json({ logo_url: 'https://logos.example/a.png' }) }, 'https://logos.example/a.png', 'docker_hub_logo'],
    ['the logo of an official image', 'hub-b', { [hubLogo('library/hub-b')]: json({ logo_url: 'https://logos.example/b.png' }) }, 'https://logos.example/b.png', 'docker_hub_logo'],
    [
      'the face of its owner',
      'docker.io/hub-c/app',
      { [hubLogo('hub-c/app')]: json({ logo_url: '' }), '/hub/v2/orgs/hub-c/': json({ gravatar_url: 'https://faces.example/c' }) },
      'https://faces.example/c',
      'docker_hub_org_gravatar',
    ],
  ])('may be what Docker Hub says: %s', async (_, fqin, replies, url, source) => {
    for (const [where, reply] of Object.entries(replies)) upstream.replies.set(where, reply);
    expect(await answerTo(fqin)).toEqual({ url, source });
  });

  it('that nobody has is none, and nobody is asked again', async () => {
    expect(await answerTo('nobody/has-this')).toEqual(notFound);
    const asked = upstream.requests.length;
    expect(await answerTo('nobody/has-this:other')).toEqual(notFound);
    expect(upstream.requests).toHaveLength(asked);
  });

  it.each(['', 'UPPER/case', 'a b', ':tag', 'x@sha256:1'])('has a well-formed name, not %j', async (fqin) => {
    await expect(answerTo(fqin)).rejects.toMatchObject({ code: 3, details: expect.stringContaining('invalid reference') as string });
  });

  it('is looked for once, however many ask', async () => {
    const gate = Promise.withResolvers<void>();
    upstream.replies.set(official('popular'), (q, r) => void gate.promise.then(() => image(q, r)));
    const asked = Array.from({ length: 50 }, () => answerTo('popular'));
    await eventually(() => expect(upstream.requests).toContain(`HEAD ${official('popular')}`));
    gate.resolve();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ url }) => url))).toEqual(new Set([at(official('popular'))]));
    expect(upstream.requests.filter((request) => request.includes('popular/logo'))).toHaveLength(1);
  });
});

describe('hosts that misbehave', () => {
  it.each<[string, Reply]>([
    ['hang', hang],
    ['fail', status(500)],
    ['hang up', (request) => void request.socket.destroy()],
    ['send us away', status(429, { 'retry-after': '3600' })],
    ['forbid it for a while', status(403, { 'retry-after': '3600' })],
    ['speak of something else', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in first</html>')],
    ['flood', flood],
    ['lead around in circles', (request, response) => status(302, { location: request.url ?? '' })(request, response)],
    ['lead out of the web', status(301, { location: 'file:///etc/passwd' })],
  ])('and %s are no error', async (_, reply) => {
    await using upstream = await startUpstream();
    await using icons = await startIcons(upstream.hosts);
    const { client } = await icons.start('0');
    for (const path of [official('redis'), devicon('redis'), '/simple/redis', hubLogo('library/redis')]) upstream.replies.set(path, reply);
    // What is in the package stands in for what cannot be had.
    expect(await client.getImageIcon({ fqin: 'redis' })).toEqual({ url: packagedIcon('redis'), source: 'simpleicon' });
    for (const path of [hubLogo('some/thing'), '/hub/v2/orgs/some/', devicon('thing'), devicon('some'), '/simple/thing']) upstream.replies.set(path, reply);
    expect(await client.getImageIcon({ fqin: 'some/thing' })).toEqual(notFound);
  });

  it.each<[string, unknown]>([
    ['an address of another kind', { logo_url: 'javascript:alert(1)' }],
    ['a very long address', { logo_url: `https://x/${'y'.repeat(4_000)}` }],
    ['a number', { logo_url: 7 }],
    ['no document', 'text'],
  ])('and say %s are not believed', async (_, document) => {
    await using upstream = await startUpstream();
    await using icons = await startIcons(upstream.hosts);
    const { client } = await icons.start('0');
    upstream.replies.set(hubLogo('some/thing'), json(document));
    expect(await client.getImageIcon({ fqin: 'some/thing' })).toEqual(notFound);
  });

  it('and ask for patience are left alone', async () => {
    await using upstream = await startUpstream();
    await using icons = await startIcons(upstream.hosts);
    const { client } = await icons.start('0');
    upstream.replies.set(official('first'), status(429, { 'retry-after': '3600' }));
    await client.getImageIcon({ fqin: 'first' });
    const asked = upstream.requests.length;
    expect(await client.getImageIcon({ fqin: 'nginx' })).toEqual({ url: packagedIcon('nginx'), source: 'simpleicon' });
    expect(upstream.requests).toHaveLength(asked);
  });

  it('and are not there leave what is in the package', async () => {
    await using icons = await startIcons(hostsAt(`http://127.0.0.1:${await freePort()}`));
    const { client } = await icons.start('0');
    const found = await client.getImageIcon({ fqin: 'postgres:16' });
    expect(found.source).toBe('simpleicon');
    const [kind, picture = ''] = found.url.split(',');
    expect(kind).toBe('data:image/svg+xml;base64');
    expect(Buffer.from(picture, 'base64').toString()).toMatch(/^<svg fill="#4169E1".*PostgreSQL.*<\/svg>/);
    expect(await client.getImageIcon({ fqin: 'nobody/knows-this' })).toEqual(notFound);
  });
});

describe('icons workers', () => {
  it('share what they find, and remember it', async () => {
    await using upstream = await startUpstream();
    await using icons = await startIcons(upstream.hosts);
    const url = `${upstream.hosts.jsdelivr}/gh/docker-library/docs@master/shared/logo.png`;
    upstream.replies.set(official('shared'), (q, r) => void setImmediate(() => image(q, r)));
    const replicas = [await icons.start('0'), await icons.start('1')];
    const answers = await Promise.all(replicas.map(({ client }) => client.getImageIcon({ fqin: 'shared' })));
    expect(answers.map((answer) => answer.url)).toEqual([url, url]);
    expect(upstream.requests.filter((request) => request.includes('shared/logo'))).toHaveLength(1);

    for (const replica of replicas) await replica[Symbol.asyncDispose]();
    upstream.requests.length = 0;
    const { client } = await icons.start('2');
    expect((await client.getImageIcon({ fqin: 'shared' })).url).toBe(url);
    expect(upstream.requests).toEqual([]);
  });

  it('look for the picture of an image when it is pulled', async () => {
    await using upstream = await startUpstream();
    await using icons = await startIcons(upstream.hosts);
    const { worker } = await icons.start('0');
    using store = openStore(join(icons.root.paths.service('icons'), 'other.db'));
    await using _relay = startRelay({ bus: worker.host.bus, store, source: 'arcbox://test', log: silentLogger });
    await eventually(() => {
      store.outbox.append({ type: 'image', action: 'pull', actor: { id: 'sha256:1', attributes: { name: 'pulled:latest' } } });
      expect(upstream.requests).toContain(`HEAD ${official('pulled')}`);
    });
  });
});
