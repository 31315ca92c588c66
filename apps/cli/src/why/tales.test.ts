import type { Fact, Story } from './fact.ts';
import { tell } from './tell.ts';

const now = Date.UTC(2026, 0, 31, 12, 0, 0);
const id = 'c'.repeat(64);

const by = (method: string): NonNullable<Fact['cause']> => ({ method: `/arcbox.v1.ContainerService/${method}`, client: 'uid=0 pid=42 gid=0' });

/** Facts one second apart, the last of them four minutes ago; each is an action with its attributes and the method that was called. */
function storyOf(type: Story['type'], name: string, happened: readonly [action: string, attributes?: Record<string, string>, method?: string][]): Story {
  const facts = happened.map(([action, attributes = {}, method], index): Fact => {
    const [kind = type, verb = action] = action.includes(' ') ? action.split(' ') : [type, action];
    const time = now - 240_000 - (happened.length - 1 - index) * 1000;
    return { timeNano: BigInt(time) * 1_000_000n, type: kind, action: verb, id, attributes: { name, ...attributes }, cause: method ? by(method) : undefined };
  });
  return { type, id, name, facts };
}

const nameOf = (container: string): string => (container === 'c1' ? 'web' : container);

const summaryOf = (...happened: Parameters<typeof storyOf>[2][number][]): string => tell(storyOf('container', 'web', happened), now, nameOf).summary;

const create = ['create', { image: 'nginx' }, 'Create'] as const;
const start = ['start', {}, 'Start'] as const;
const begun = [[...create], [...start]] as [string, Record<string, string>, string][];
const die = (exitCode: number, more: Record<string, string> = {}): [string, Record<string, string>] => ['die', { exitCode: String(exitCode), ...more }];

const root = (method: string): string => `by root (pid 42) with ContainerService.${method}`;

describe('why a container ended', () => {
  it.each<[string, Parameters<typeof storyOf>[2][number][], string]>([
    ['by itself', [die(0)], '0 4 minutes ago: it came to its end without an error'],
    ['with an error', [die(3)], '3 4 minutes ago: it ended with an error of its own'],
    ['for want of memory', [['oom', { memoryLimit: '67108864' }], die(137)], '137 4 minutes ago: killed for want of memory (limit 64MiB)'],
    ['for want of memory without a limit', [['oom'], die(137)], '137 4 minutes ago: killed for want of memory'],
    [
      'after another of its processes was killed for want of memory',
      [['oom', { memoryLimit: '1048576' }], die(1)],
      '1 4 minutes ago: it ended with an error of its own; before that a process in it was killed for want of memory (limit 1MiB)',
    ],
    ['by kill', [['kill', { signal: '9' }, 'Kill'], die(137)], `137 4 minutes ago: killed ${root('Kill')}`],
    ['by somebody else', [die(137)], '137 4 minutes ago: it was killed (SIGKILL) by somebody else than the engine'],
    [
      'by stop, after its time was up',
      [['kill', { signal: '15' }, 'Stop'], ['kill', { signal: '9' }, 'Stop'], die(137), ['stop', {}, 'Stop']],
      `137 4 minutes ago: it did not end on SIGTERM and was killed ${root('Stop')}`,
    ],
    ['by stop', [['kill', { signal: '15' }, 'Stop'], die(143), ['stop', {}, 'Stop']], `143 4 minutes ago: ended by SIGTERM ${root('Stop')}`],
    ['on stop, in its own way', [['kill', { signal: '15' }, 'Stop'], die(0)], `0 4 minutes ago: it ended on SIGTERM ${root('Stop')}`],
    ['long after a signal that means something else', [['kill', { signal: '1' }, 'Kill'], die(0)], '0 4 minutes ago: it came to its end without an error'],
    ['by a crash', [die(139)], '139 4 minutes ago: it crashed: it used memory that is not its own (SIGSEGV)'],
    ['by a crash while it was to end', [['kill', { signal: '15' }, 'Stop'], die(139)], '139 4 minutes ago: it crashed: it used memory that is not its own (SIGSEGV)'],
    ['by a signal without a meaning here', [die(128 + 10)], '138 4 minutes ago: it ended by SIGUSR1'],
    ['without a command', [die(127)], '127 4 minutes ago: its command was not found'],
    ['while nobody was there', [die(255, { exitError: 'its monitor was killed' })], '255 4 minutes ago: its monitor was killed'],
    ['and comes back', [die(1, { restartPolicy: 'always', restartDelay: '200' })], '1 4 minutes ago: it ended with an error of its own; its restart policy (always) starts it again after 200 ms'],
  ])('%s', (_, happened, expected) => {
    expect(summaryOf(...begun, ...happened)).toBe(`web exited with ${expected}`);
  });

  it.each([[130, 'SIGINT'], [137, 'SIGKILL'], [143, 'SIGTERM']])('is not told where its beginning is not known: %d', (code, signal) => {
    expect(summaryOf(die(code))).toBe(`web exited with ${code} 4 minutes ago: it ended by ${signal}`);
  });

  it('is not taken from an earlier run', () => {
    expect(summaryOf(...begun, ['oom'], ['kill', { signal: '9' }, 'Kill'], die(137), [...start], die(137))).toBe(
      'web exited with 137 4 minutes ago: it was killed (SIGKILL) by somebody else than the engine',
    );
  });
});

describe('what a container does', () => {
  it('waits for its first start', () => {
    expect(summaryOf([...create])).toBe(`web was created from nginx 4 minutes ago ${root('Create')} and was never started`);
  });

  it('runs, and who has started it', () => {
    expect(summaryOf(...begun)).toBe(`web has run for 4 minutes, started ${root('Start')}`);
  });

  it('runs again by its policy', () => {
    const again = die(1, { restartPolicy: 'on-failure', restartDelay: '200' });
    const before = 'the time before it exited with 1: it ended with an error of its own';
    expect(summaryOf(...begun, again, ['start', { restartPolicy: 'on-failure', restartCount: '7' }])).toBe(
      `web has run for 4 minutes, started by its restart policy (on-failure), 200 ms after it had ended, time 7; ${before}`,
    );
    expect(summaryOf(...begun, again, ['start'])).toBe(`web has run for 4 minutes, started by its restart policy (on-failure), 200 ms after it had ended; ${before}`);
    expect(summaryOf(['start', { restartPolicy: 'always', restartCount: '2' }])).toBe('web has run for 4 minutes, started by its restart policy (always), time 2');
  });

  it('runs since the host has', () => {
    const lost = die(255, { exitError: 'the host restarted', restartPolicy: 'always', restartDelay: '100' });
    expect(summaryOf(...begun, lost, ['start', { restartPolicy: 'always', restartCount: '1', sinceBoot: 'true' }])).toMatch(
      /^web has run for 4 minutes, started by its restart policy \(always\), as the host had started; the time before/,
    );
  });

  it('runs, and nobody says why', () => {
    expect(summaryOf(...begun, die(0), ['start'])).toBe('web has run for 4 minutes, started');
  });

  it('runs, but badly', () => {
    const unhealthy = { health_status: 'unhealthy', failingStreak: '3', checkExitCode: '1', checkOutput: 'connection\nrefused' };
    expect(summaryOf(...begun, ['health_status', unhealthy])).toBe(
      'web runs but has been unhealthy for 4 minutes: its check failed 3 times in a row, the last one exited with 1: connection refused',
    );
    expect(summaryOf(...begun, ['health_status', unhealthy], ['health_status', { health_status: 'healthy' }])).toMatch(/^web has run for/);
  });

  it('is paused', () => {
    expect(summaryOf(...begun, ['pause', {}, 'Pause'])).toBe(`web has been paused for 4 minutes ${root('Pause')}`);
    expect(summaryOf(...begun, ['pause', {}, 'Pause'], ['unpause', {}, 'Unpause'])).toMatch(/^web has run for/);
  });

  it('is gone', () => {
    expect(summaryOf(...begun, die(0), ['destroy', {}, 'Remove'])).toBe(
      `web was removed 4 minutes ago ${root('Remove')}; before that it exited with 0: it came to its end without an error`,
    );
    expect(summaryOf(...begun, die(2), ['destroy', { autoRemove: 'true' }])).toBe(
      'web was removed 4 minutes ago because it was made to be removed when it ends (--rm); before that it exited with 2: it ended with an error of its own',
    );
    expect(summaryOf([...create], ['destroy'])).toBe('web was removed 4 minutes ago; before that it was never started');
    expect(summaryOf(['destroy', {}, 'Remove'])).toBe(`web was removed 4 minutes ago ${root('Remove')}`);
    expect(summaryOf([...create], ['destroy', {}, 'Prune'])).toMatch(/^web was removed 4 minutes ago as it did not run, by root/);
  });

  it('is told line by line', () => {
    const happened: Parameters<typeof storyOf>[2] = [...begun, ['network connect', { name: 'backend', container: id }], ['rename', { oldName: '/old' }, 'Rename'], ['commit', { imageRef: 'mine:1' }], die(0, { execDuration: '61' })];
    const { lines } = tell(storyOf('container', 'web', happened), now, nameOf);
    expect(lines.map(({ what, why }) => [what, why])).toEqual([
      ['created from nginx', root('Create')],
      ['started', root('Start')],
      ['connected to network backend', ''],
      ['renamed from old to web', root('Rename')],
      ['an image was made of it: mine:1', ''],
      ['exited with 0 after about a minute', 'it came to its end without an error'],
    ]);
  });
});

describe('what became of an image', () => {
  it('with those that were made from it', () => {
    const happened: Parameters<typeof storyOf>[2] = [['pull', {}, 'Pull'], ['container create', { name: 'web' }, 'Create'], ['tag', { name: 'other:1' }, 'Tag']];
    const { summary, lines } = tell(storyOf('image', 'nginx:latest', happened), now, nameOf);
    expect(summary).toBe(`nginx:latest was pulled 4 minutes ago ${root('Pull')}; 1 container was made from it, of which 1 is there`);
    expect(lines.map(({ what }) => what)).toEqual(['pulled', 'container web made from it', 'tagged as other:1']);
  });

  it('when only other names of it are known', () => {
    const happened: Parameters<typeof storyOf>[2] = [['untag', { name: 'other:1' }, 'Remove']];
    expect(tell(storyOf('image', 'nginx:latest', happened), now, nameOf).summary).toBe(`nginx:latest was untagged as other:1 4 minutes ago ${root('Remove')}`);
  });

  it('when nothing used it', () => {
    const happened: Parameters<typeof storyOf>[2] = [['untag', {}, 'Prune'], ['delete', { name: id }, 'Prune']];
    const { summary, lines } = tell(storyOf('image', 'nginx:latest', happened), now, nameOf);
    expect(summary).toBe(`nginx:latest was deleted 4 minutes ago as nothing used it, ${root('Prune')}`);
    expect(lines.map(({ what }) => what)).toEqual(['untagged', 'deleted']);
  });
});

describe('what became of a network or a volume', () => {
  it('who is on it', () => {
    const happened: Parameters<typeof storyOf>[2] = [['create', {}, 'Create'], ['connect', { container: 'c1' }], ['connect', { container: 'c2' }], ['disconnect', { container: 'c2' }]];
    const { summary, lines } = tell(storyOf('network', 'backend', happened), now, nameOf);
    expect(summary).toBe(`network backend was created 4 minutes ago ${root('Create')}; connected to it now: web`);
    expect(lines.map(({ what }) => what)).toEqual(['created', 'container web connected', 'container c2 connected', 'container c2 disconnected']);
  });

  it('who has removed it', () => {
    const happened: Parameters<typeof storyOf>[2] = [['create', {}, 'Create'], ['destroy', {}, 'Remove']];
    expect(tell(storyOf('volume', 'data', happened), now, nameOf).summary).toBe(`volume data was removed 4 minutes ago ${root('Remove')}`);
  });

  it('that was there before the log', () => {
    const happened: Parameters<typeof storyOf>[2] = [['connect', { container: 'c1' }]];
    expect(tell(storyOf('network', 'bridge', happened), now, nameOf).summary).toBe('network bridge was there before the log begins; connected to it now: web');
  });
});
