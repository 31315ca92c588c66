import { join } from 'node:path';
import { describeIf, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { type Docker, startDocker } from './as-docker/docker.ts';
import { observe } from './as-docker/observation.ts';
import { type PruneCase, pruneCases } from './as-docker/prune-cases.ts';
import { lineOf, wordsOf } from './as-docker/script.ts';
import { type Side, sideOfArcbox, sideOfDocker } from './as-docker/side.ts';
import { hello } from './engine.ts';
import { usually } from './long.ts';
import { oneEngine } from './one-engine.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'dockerd', 'docker', 'unshare'];

/** Every so many cases are enough to notice that something is broken. */
const step = usually(28, 1);

describeIf(needs, 'what a prune takes and what it leaves, in docker and in arcbox', () => {
  const engine = oneEngine();
  let files: TemporaryRoot;
  let docker: Docker;
  let sides: readonly [theirs: Side, ours: Side];

  beforeAll(async () => {
    files = temporaryRoot();
    docker = await startDocker(join(files.path, 'docker'));
    const archive = join(files.path, 'hello.tar');
    await engine().ok('save', '-o', archive, hello);
    sides = [sideOfDocker(docker), sideOfArcbox(engine())];
    await expectOk(sides[0], ['load', '-i', archive]);
    // The image that all cases run is never unused.
    for (const side of sides) await expectOk(side, ['run', '-d', '--name', keeper, '--network', 'none', hello, 'sleep', '100000']);
  });

  afterAll(async () => {
    if (docker) await sides[0].run(['rm', '-f', keeper]);
    await docker?.[Symbol.asyncDispose]();
    await files?.[Symbol.asyncDispose]();
  });

  it.each(pruneCases.filter((_case, index) => index % step === 0))('$name', async (one) => {
    // Both are waited for, whatever becomes of one: the next case finds them tidy.
    const [theirs, ours] = (await Promise.allSettled(sides.map((side) => play(side, one)))).map(outcomeOf);
    if (one.difference === undefined) expect(ours).toEqual(theirs);
    else expect(ours).not.toEqual(theirs);
  });
});

function outcomeOf(played: PromiseSettledResult<Outcome>): Outcome {
  if (played.status === 'rejected') throw played.reason;
  return played.value;
}

const keeper = 'keeper';

interface Outcome {
  readonly refused: boolean;
  /** Sorted; ids are not told apart. */
  readonly containers: readonly string[];
  readonly images: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

async function play(side: Side, { lines, prune }: PruneCase): Promise<Outcome> {
  try {
    for (const line of lines) await expectOk(side, wordsOf(lineOf(line).text), lineOf(line).input);
    const { code } = await side.run(wordsOf(prune));
    return { refused: code !== 0, ...(await leftOn(side)) };
  } finally {
    await tidy(side);
  }
}

async function leftOn(side: Side): Promise<Omit<Outcome, 'refused'>> {
  const list = async (...words: string[]): Promise<string[]> => {
    const { stdout } = observe('', await side.run(words));
    return stdout.split('\n').filter(Boolean).sort();
  };
  return {
    containers: await list('ps', '-a', '--format', '{{.Names}}'),
    images: await list('images', '--format', '{{.Repository}}:{{.Tag}}'),
    networks: await list('network', 'ls', '--filter', 'type=custom', '--format', '{{.Name}}'),
    volumes: await list('volume', 'ls', '--format', '{{.Name}}'),
  };
}

async function tidy(side: Side): Promise<void> {
  const list = async (...words: string[]): Promise<string[]> => (await side.run(words)).stdout.split('\n').filter(Boolean);
  const containers = (await list('ps', '-a', '--format', '{{.Names}}')).filter((name) => name !== keeper);
  if (containers.length > 0) await expectOk(side, ['rm', '-fv', ...containers]);
  const volumes = await list('volume', 'ls', '-q');
  if (volumes.length > 0) await expectOk(side, ['volume', 'rm', ...volumes]);
  const networks = await list('network', 'ls', '-q', '--filter', 'type=custom');
  if (networks.length > 0) await expectOk(side, ['network', 'rm', ...networks]);
  await expectOk(side, ['image', 'prune', '-af']);
}

async function expectOk(side: Side, words: readonly string[], input?: string): Promise<void> {
  const { code, stderr } = await side.run(words, input);
  if (code !== 0) throw new Error(`${words.join(' ')}: exit ${code}\n${stderr}`);
}
