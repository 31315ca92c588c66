import { join } from 'node:path';
import { describeIf, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { compareEvents } from './as-docker/compare-events.ts';
import { differences } from './as-docker/differences.ts';
import { type Docker, startDocker } from './as-docker/docker.ts';
import { inspectCases } from './as-docker/inspect-cases.ts';
import { lifeCases } from './as-docker/life-cases.ts';
import { lookCases } from './as-docker/look-cases.ts';
import { networkCases } from './as-docker/network-cases.ts';
import { type Observation, observe } from './as-docker/observation.ts';
import { optionCases } from './as-docker/option-cases.ts';
import { runningCases } from './as-docker/running-cases.ts';
import { type Case, lineOf, wordsOf } from './as-docker/script.ts';
import { type Side, sideOfArcbox, sideOfDocker, tidy } from './as-docker/side.ts';
import { stateCases } from './as-docker/state-cases.ts';
import { hello } from './engine.ts';
import { usually } from './long.ts';
import { oneEngine } from './one-engine.ts';

const groups: readonly [string, readonly Case[]][] = [
  ['running', runningCases],
  ['states', stateCases],
  ['options', optionCases],
  ['inspect', inspectCases],
  ['networks', networkCases],
  ['life', lifeCases],
  ['looks', lookCases],
];

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'dockerd', 'docker', 'unshare'];

/** Every so many cases are enough to notice that something is broken. */
const step = usually(110, 1);

describeIf(needs, 'the same commands of docker and of arcbox', () => {
  const engine = oneEngine();
  let files: TemporaryRoot;
  let docker: Docker;

  beforeAll(async () => {
    files = temporaryRoot();
    docker = await startDocker(join(files.path, 'docker'));
    const archive = join(files.path, 'hello.tar');
    await engine().ok('save', '-o', archive, hello);
    const loaded = await docker.docker(['load', '-i', archive]);
    if (loaded.code !== 0) throw new Error(loaded.stderr);
  });

  afterAll(async () => {
    if (docker) await tidy(sideOfDocker(docker));
    await docker?.[Symbol.asyncDispose]();
    await files?.[Symbol.asyncDispose]();
  });

  describe.each(groups)('%s', (_, cases) => {
    it.each(cases.filter((_case, index) => index % step === 0))('$name', async ({ name, lines }) => {
      const [theirs, ours] = await Promise.all([sideOfDocker(docker), sideOfArcbox(engine())].map((side) => play(side, lines)));
      const meant = (line: string) => differences.some((known) => known.name === name && known.line.test(line));
      const compared = (seen: Observation[] = []) => seen.filter(({ line }) => !meant(line));
      expect(compared(ours)).toEqual(compared(theirs));
    });
  });

  describe('events, filtered', () => compareEvents(() => [sideOfDocker(docker), sideOfArcbox(engine())]));

  it('differences are of lines that there are', () => {
    const known = groups.flatMap(([, cases]) => cases.flatMap(({ name, lines }) => lines.map((line) => [name, lineOf(line).text] as const)));
    for (const { name, line } of differences) {
      expect(known.some(([of, text]) => of === name && line.test(text)) || `${name}: ${line}`).toBe(true);
    }
  });
});

async function play(side: Side, lines: Case['lines']): Promise<Observation[]> {
  const seen: Observation[] = [];
  for (const line of lines) {
    const { text, input, quiet } = lineOf(line);
    const result = await side.run(wordsOf(text), input);
    seen.push(observe(text, quiet ? { ...result, stdout: '' } : result));
  }
  await tidy(side);
  return seen;
}
