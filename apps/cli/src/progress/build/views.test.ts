import { Writable } from 'node:stream';
import { BuildStepState as State } from '@arcbox/proto/arcbox/engine/v1/build';
import { lastFrame, liveFrame } from './frame.ts';
import { OutputLines } from './output-lines.ts';
import { plainBuild } from './plain.ts';
import { quietBuild } from './quiet.ts';
import { Steps } from './step.ts';
import type { BuildEvent } from './view.ts';

const step = (id: number, name: string, state: State, error = ''): BuildEvent => ({
  $case: 'step',
  value: { id, name, stage: '', state, error },
});
const output = (id: number, text: string, stream = 'stdout'): BuildEvent => ({
  $case: 'output',
  value: { step: id, stream, data: Buffer.from(text) },
});
const transfer = (id: number, layer: string, status: string, current = 0n): BuildEvent => ({
  $case: 'transfer',
  value: { step: id, progress: { id: layer, status, progress: '', current, total: 4_000_000n } },
});
const { BUILD_STEP_STATE_STARTED: started, BUILD_STEP_STATE_DONE: done, BUILD_STEP_STATE_CACHED: cached } = State;
const { BUILD_STEP_STATE_FAILED: failed, BUILD_STEP_STATE_CANCELED: canceled } = State;

/** A view with a clock that the test moves, and what it wrote. */
function watch(make: (stream: Writable, steps: Steps) => { show(event: BuildEvent): void; end(failure?: string): void }) {
  let [now, text] = [0, ''];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, written) {
      text += chunk.toString();
      written();
    },
  });
  const view = make(stream, new Steps(() => now));
  return {
    after(milliseconds: number, ...events: BuildEvent[]) {
      now += milliseconds;
      for (const event of events) view.show(event);
    },
    end: (failure?: string) => view.end(failure),
    text: () => text,
  };
}

describe('a build in plain text', () => {
  it('has a line for all that happens, with the number of the step', () => {
    const build = watch(plainBuild);
    build.after(0, step(1, '[1/3] FROM busybox', started), transfer(1, 'aaaa', 'Downloading', 5n));
    build.after(100, transfer(1, 'aaaa', 'Pull complete'), transfer(1, '', 'Digest: sha256:0'), step(1, '', done));
    build.after(0, step(2, '[2/3] COPY . .', cached), step(3, '[3/3] RUN make', started));
    build.after(312, output(3, 'hel'), output(3, 'lo\nwor'), output(3, 'warned\n', 'stderr'));
    build.after(900, step(3, '', done));
    expect(build.text()).toBe(
      [
        '#1 [1/3] FROM busybox',
        '#1 aaaa: Pull complete',
        '#1 Digest: sha256:0',
        '#1 DONE 0.1s',
        '',
        '#2 [2/3] COPY . .',
        '#2 CACHED',
        '',
        '#3 [3/3] RUN make',
        '#3 0.312 hello',
        '#3 0.312 warned',
        '#3 1.212 wor',
        '#3 DONE 1.2s',
        '',
        '',
      ].join('\n'),
    );
  });

  it('says whose turn it is when steps run at once, and how they ended', () => {
    const build = watch(plainBuild);
    build.after(0, step(1, 'one', started), step(2, 'two', started), output(1, 'a\n'), output(2, 'b\n'));
    build.after(0, step(1, '', failed, 'exit code 2'), step(2, '', canceled), { $case: 'warning', value: 'odd' });
    expect(build.text()).toBe(
      '#1 one\n#1 0.000 a\n\n#2 two\n#2 0.000 b\n\n#1 one\n#1 ERROR: exit code 2\n\n#2 two\n#2 CANCELED\n\nWARNING: odd\n',
    );
  });

  it('lets programs have colours, and nothing else', () => {
    const build = watch(plainBuild);
    build.after(0, step(1, 'evil\u001b[2J', started), output(1, '\u001b[31mred\u001b[0m\u001b[2J\u0007\u001b]0;title\u0007\n'));
    expect(build.text()).toBe('#1 evil\ufffd[2J\n#1 0.000 \u001b[31mred\u001b[0m\ufffd\n');
  });
});

describe('a quiet build', () => {
  it('shows the output of what failed, and only that', () => {
    const build = watch((stream) => quietBuild(stream));
    build.after(0, step(1, 'RUN true', started), output(1, 'fine\n'), step(1, '', done));
    build.end();
    expect(build.text()).toBe('');
    build.after(0, step(2, 'RUN false', started), output(2, 'oh no\nlast'), step(2, '', failed, 'exit code: 1'));
    build.end('');
    expect(build.text()).toMatch(/^------\n > RUN false:\n\d\.\d{3} oh no\n\d\.\d{3} last\nERROR: exit code: 1\n------\n$/);
  });

  it('keeps a bounded part of a long output', () => {
    const build = watch((stream) => quietBuild(stream));
    build.after(0, step(1, 'RUN yes', started));
    for (let line = 0; line < 300; line++) build.after(0, output(1, `${line} ${'x'.repeat(10_000)}\n`));
    build.after(0, step(1, '', failed));
    build.end('');
    expect(build.text().length).toBeLessThan(2.2 * 1024 * 1024);
    expect(build.text()).toContain('[the beginning of the output is left out]');
    expect(build.text()).toContain(' 299 x');
  });
});

describe('lines of output', () => {
  it('are cut at line ends, wherever pieces and characters are cut', () => {
    const lines = new OutputLines();
    const bytes = Buffer.from('ä\nb');
    expect([lines.push(bytes.subarray(0, 1)), lines.push(bytes.subarray(1)), lines.end(), lines.end()]).toEqual([[], ['ä'], ['b'], []]);
  });

  it('are what a terminal would show last', () => {
    const lines = new OutputLines();
    expect(lines.push(Buffer.from('10%\r50%\r100%\r\nnext\r\n'))).toEqual(['100%', 'next']);
  });

  it('have a bound', () => {
    const lines = new OutputLines();
    expect(lines.push(Buffer.from('x'.repeat(20_000)))).toHaveLength(1);
    expect(lines.end()).toEqual([]);
  });
});

describe('a build on a terminal', () => {
  const screen = { columns: 60, rows: 24 };
  const texts = (lines: { text: string }[]): string[] => lines.map(({ text }) => text);

  function running(): { steps: Steps; at(now: number): void } {
    let now = 0;
    const steps = new Steps(() => now);
    return { steps, at: (moment) => void (now = moment) };
  }

  function become(steps: Steps, id: number, name: string, state: State): void {
    steps.find(id).become({ id, name, stage: '', state, error: '' }, steps.now);
  }

  it('has a line a step with its time, and what runs with the end of its output', () => {
    const { steps, at } = running();
    become(steps, 1, '[1/4] FROM busybox', started);
    at(300);
    become(steps, 1, '', done);
    become(steps, 2, '[2/4] COPY . .', cached);
    become(steps, 3, '[3/4] RUN make', started);
    become(steps, 4, '[4/4] FROM other', started);
    steps.find(3).write({ step: 3, stream: 'stdout', data: Buffer.from('1\n2\n3\n4\n5\n6\n\u001b[31m7\u001b[0m\t\u001b[2Jx\n') }, steps.now);
    steps.find(4).transfer({ step: 4, progress: { id: 'aaaa', status: 'Downloading', progress: '', current: 1_000_000n, total: 4_000_000n } });
    steps.find(4).transfer({ step: 4, progress: { id: 'bbbb', status: 'Pull complete', progress: '', current: 0n, total: 0n } });
    at(3200);
    expect(texts(liveFrame(steps.all, 0, steps.now, screen))).toEqual([
      '[+] Building 3.2s (2/4)',
      ` => ${'[1/4] FROM busybox'.padEnd(50)} 0.3s`,
      ` => ${'CACHED [2/4] COPY . .'.padEnd(50)} 0.0s`,
      ` => ${'[3/4] RUN make'.padEnd(50)} 2.9s`,
      ...['2', '3', '4', '5', '6', '7    x'].map((line) => ` => => # ${line}`),
      ` => ${'[4/4] FROM other'.padEnd(50)} 2.9s`,
      expect.stringMatching(/^ => => aaaa: Downloading (\[.*\] )?1MB\/4MB$/),
    ]);
    become(steps, 3, '', done);
    become(steps, 4, '', failed);
    expect(texts(lastFrame(steps.all, 0, steps.now, 60, false))).toEqual([
      '[+] Building 3.2s (3/4)',
      expect.stringContaining('[1/4]'),
      expect.stringContaining('CACHED [2/4]'),
      expect.stringContaining('[3/4]'),
      expect.stringContaining('ERROR [4/4]'),
    ]);
  });

  it('never takes more room than there is', () => {
    const { steps } = running();
    for (let id = 1; id <= 40; id++) {
      become(steps, id, `step ${id} ${'long '.repeat(30)}`, started);
      steps.find(id).write({ step: id, stream: 'stdout', data: Buffer.from(`${'out '.repeat(50)}\n`.repeat(10)) }, steps.now);
      if (id < 38) become(steps, id, '', done);
    }
    for (const rows of [3, 5, 12, 24, 50]) {
      const lines = liveFrame(steps.all, 0, 0, { columns: 40, rows });
      expect(lines.length).toBeLessThan(rows);
      expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(40);
      expect(lines.at(-1)?.text).toMatch(/^ => (step 40|=> #)/);
    }
  });
});
