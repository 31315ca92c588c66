import { describeIf, eventually } from '@arcbox/testing';
import { build, leftovers } from './building.ts';
import { hello, startEngine } from './engine.ts';
import { usually } from './long.ts';
import { oneEngine } from './one-engine.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'tar'];

/** A build that goes on until it is ended, with a secret, a cache and a second stage; `kept` is what it does before. */
const endless = (kept: string) => ({
  Dockerfile: `FROM ${hello} AS side
RUN --mount=type=secret,id=s echo side runs; sleep 600
FROM ${hello}
RUN echo ${kept} > /kept
RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/t --mount=type=secret,id=s echo main runs; sleep 600
COPY --from=side /x /x`,
});
const victims = usually(['containers-0'], ['images-0', 'containers-0', 'gateway-0']);
const secrets = { s: Buffer.from('secret') };

describeIf(needs, 'a build', () => {
  const engine = oneEngine();

  describe('that fails', () => {
    it('says which command it was, ends the others and leaves only what was done', async () => {
      const main = `FROM ${hello}\nRUN echo kept > /k\nRUN sleep 1; echo about to fail; exit 3\nCOPY --from=side /x /x`;
      const Dockerfile = `FROM ${hello} AS side\nRUN sleep 600\n${main}`;
      const states: string[] = [];
      let output = '';
      const failing = build(engine(), { Dockerfile }, { tags: ['failed'] }, {
        listen: ({ event }) => {
          if (event?.$case === 'step') states.push(`${event.value.name}: ${event.value.state} ${event.value.error}`);
          if (event?.$case === 'output') output += event.value.data.toString();
        },
      });
      const message = "The command '/bin/sh -c sleep 1; echo about to fail; exit 3' returned a non-zero code: 3";
      await expect(failing).rejects.toMatchObject({ code: 9, details: message });
      expect(output).toBe('about to fail\n');
      expect(states.filter((state) => state.endsWith(message))).toHaveLength(1);
      expect(states.filter((state) => state.startsWith('[side 2/2]')).at(-1)).toMatch(/: 5 $/);
      expect(leftovers(engine())).toEqual([]);
      const fixed = await build(engine(), { Dockerfile: `FROM ${hello}\nRUN echo kept > /k\nRUN true` });
      expect(fixed.steps.slice(-2)).toEqual(['RUN echo kept > /k: cached', 'RUN true: done']);
    });

    it.each([
      ['a command that is not there', 'RUN ["/no/such/program"]', 9, /no such file/],
      ['an instruction that is not known', 'FRUM x', 3, /unknown instruction/i],
      ['a file that is not there', 'COPY missing /', 3, /not found|does not exist/],
      ['a user that is not there', 'USER nobody-here\nRUN true', 9, /nobody-here/],
    ])('of %s says so', async (_, line, code, words) => {
      await expect(build(engine(), { Dockerfile: `FROM ${hello}\n${line}` })).rejects.toMatchObject({
        code,
        details: expect.stringMatching(words) as string,
      });
      expect(leftovers(engine())).toEqual([]);
    });

    it('of an image that nobody has says so', async () => {
      await expect(build(engine(), { Dockerfile: 'FROM localhost:1/none' })).rejects.toMatchObject({ code: 14 });
      await expect(build(engine(), { Dockerfile: `FROM ${hello}` }, { target: 'nothing' })).rejects.toMatchObject({ code: 5 });
    });
  });

  describe('that is ended', () => {
    it('by its caller leaves nothing but cache, and goes on from there', async () => {
      const abort = new AbortController();
      let output = '';
      const ended = build(engine(), endless('caller'), { secrets }, {
        signal: abort.signal,
        listen: ({ event }) => void (event?.$case === 'output' && (output += event.value.data.toString())),
      });
      const failure = expect(ended).rejects.toThrow();
      await eventually(() => expect(output.split('\n').filter(Boolean).sort()).toEqual(['main runs', 'side runs']));
      expect(leftovers(engine())).not.toEqual([]);
      abort.abort();
      await failure;
      await eventually(() => expect(leftovers(engine())).toEqual([]));
      const { steps } = await build(engine(), { Dockerfile: `FROM ${hello}\nRUN echo caller > /kept` });
      expect(steps.at(-1)).toBe('RUN echo caller > /kept: cached');
    });

    it.each(victims)('by a kill -9 of %s leaves nothing once it is back', async (victim) => {
      let output = '';
      const ended = build(engine(), endless(victim), { secrets }, {
        listen: ({ event }) => void (event?.$case === 'output' && (output += event.value.data.toString())),
      });
      const failure = expect(ended).rejects.toThrow();
      await eventually(() => expect(output.split('\n').filter(Boolean)).toHaveLength(2));
      const pid = engine().pid(victim);
      engine().kill(victim);
      await failure;
      await eventually(() => expect(engine().pid(victim)).not.toBe(pid));
      await eventually(() => expect(leftovers(engine())).toEqual([]));
      await eventually(() => engine().ok('images'));
      const { steps } = await build(engine(), { Dockerfile: `FROM ${hello}\nRUN echo ${victim} > /kept\nRUN echo more of ${victim}` });
      expect(steps.slice(-2)).toEqual([`RUN echo ${victim} > /kept: cached`, `RUN echo more of ${victim}: done`]);
    });

    it('knows what it did after a restart of everything', async () => {
      const Dockerfile = `FROM ${hello}\nRUN echo before > /f\nWORKDIR /w\nCOPY Dockerfile .`;
      const before = await build(engine(), { Dockerfile });
      await engine().stop();
      await engine().start();
      const after = await build(engine(), { Dockerfile });
      expect(after.steps.slice(1)).toEqual(['RUN echo before > /f: cached', 'WORKDIR /w: cached', 'COPY Dockerfile .: cached']);
      expect(after.id).toBe(before.id);
    });

    it('makes the same image elsewhere when SOURCE_DATE_EPOCH is given', async () => {
      await using other = await startEngine();
      const files = { Dockerfile: `FROM ${hello}\nWORKDIR /w\nCOPY d d\nRUN mkdir -p a/b && echo x > a/b/c\nENV E=1`, 'd/f': 'f' };
      const options = { args: { SOURCE_DATE_EPOCH: '1700000000' } };
      const one = await build(engine(), files, options);
      expect((await build(other, files, options)).id).toBe(one.id);
      expect((await build(engine(), files)).id).not.toBe(one.id);
      expect(await engine().ok('image', 'inspect', '--format', '{{.Created}}', one.id)).toBe('2023-11-14T22:13:20.000Z');
    });
  });
});
