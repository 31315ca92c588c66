import { Counter, exposition, Gauge, Histogram, mergeExpositions, Task } from './index.ts';

describe('exposition', () => {
  it('writes counters, gauges and histograms as Prometheus reads them', () => {
    const counter = new Counter('a_total', 'Back\\slash and\nnewline.', ['who', 'how']);
    counter.at({ who: 'me "and"\\you\n', how: 'x' }).add(2);
    counter.at({ how: 'y', who: 'z' }).add();
    counter.at({ who: 'z', how: 'y' }).add(0.5);
    const plain = new Counter('b_total', 'One value.');
    const gauge = new Gauge('c', 'Asked.');
    using _one = gauge.from(() => [{ labels: { state: 'running' }, value: 1 }]);
    using _other = gauge.from(() => [{ labels: { state: 'running' }, value: 2 }, { labels: { state: 'dead' }, value: Infinity }]);
    const histogram = new Histogram('d_seconds', 'Sorted.', [0.1, 1], ['m']);
    for (const value of [0.1, 0.11, 5]) histogram.at({ m: 'n' }).observe(value);
    const families = [counter, plain, gauge, histogram];
    expect(exposition({ worker: 'w' }, families)).toBe(
      [
        '# HELP a_total Back\\\\slash and\\nnewline.',
        '# TYPE a_total counter',
        'a_total{who="me \\"and\\"\\\\you\\n",how="x",worker="w"} 2',
        'a_total{how="y",who="z",worker="w"} 1.5',
        '# HELP b_total One value.',
        '# TYPE b_total counter',
        'b_total{worker="w"} 0',
        '# HELP c Asked.',
        '# TYPE c gauge',
        'c{state="running",worker="w"} 3',
        'c{state="dead",worker="w"} +Inf',
        '# HELP d_seconds Sorted.',
        '# TYPE d_seconds histogram',
        'd_seconds_bucket{m="n",le="0.1",worker="w"} 1',
        'd_seconds_bucket{m="n",le="1",worker="w"} 2',
        'd_seconds_bucket{m="n",le="+Inf",worker="w"} 3',
        'd_seconds_sum{m="n",worker="w"} 5.21',
        'd_seconds_count{m="n",worker="w"} 3',
        '',
      ].join('\n'),
    );
    expect(exposition({}, [plain])).toContain('\nb_total 0\n');
  });

  it('tells nothing of what nobody counts, and forgets who has gone', () => {
    const gauge = new Gauge('gone', 'Asked.');
    gauge.from(() => 1)[Symbol.dispose]();
    expect(exposition({}, [gauge, new Counter('never_total', 'Never.', ['a'])])).toBe('');
  });

  it('leaves out what cannot be read, and says so', () => {
    const broken = new Gauge('broken', 'Asked.');
    using _source = broken.from(() => {
      throw new Error('EMFILE');
    });
    const whole = new Counter('whole_total', 'One value.');
    expect(exposition({}, [broken, whole])).toBe('# HELP whole_total One value.\n# TYPE whole_total counter\nwhole_total 0\n');
    expect(exposition({})).toContain('\narcbox_metric_failures_total{name="broken"} 1\n');
  });

  it('lets no client fill the memory', () => {
    const counter = new Counter('many_total', 'Many.', ['a']);
    for (let i = 0; i < 3_000; i++) counter.at({ a: String(i) }).add();
    const lines = exposition({}, [counter]).split('\n');
    expect(lines.length).toBeLessThan(2_010);
    expect(lines).toContain('many_total{a="other"} 1000');
  });

  it('tells how a task ended, and how long it took that succeeded', async () => {
    const task = new Task('meal', 'meals');
    const over = new AbortController();
    const fail = async (): Promise<void> => {
      throw new Error('burnt');
    };
    expect(await task.run(async () => 7, over.signal)).toBe(7);
    await expect(task.run(fail, over.signal)).rejects.toThrow('burnt');
    over.abort();
    await expect(task.run(fail, over.signal)).rejects.toThrow('burnt');
    const text = exposition({});
    for (const result of ['ok', 'failed', 'cancelled']) expect(text).toContain(`\nmeals_total{result="${result}"} 1\n`);
    expect(text).toContain('\nmeal_seconds_count 1\n');
  });

  it('has each name once', () => {
    new Gauge('once', 'One.');
    expect(() => new Gauge('once', 'Two.')).toThrow('there is a metric once already');
  });
});

describe('mergeExpositions', () => {
  it('keeps the lines of a name together, and says once what it is', () => {
    const text = (worker: string): string => `# HELP a_total A.\n# TYPE a_total counter\na_total{w="${worker}"} 1\n# HELP b B.\n# TYPE b gauge\nb{w="${worker}"} 2\n`;
    expect(mergeExpositions([text('x'), '', text('y'), '# HELP c C.\n# TYPE c gauge\nc 3\n'])).toBe(
      '# HELP a_total A.\n# TYPE a_total counter\na_total{w="x"} 1\na_total{w="y"} 1\n# HELP b B.\n# TYPE b gauge\nb{w="x"} 2\nb{w="y"} 2\n# HELP c C.\n# TYPE c gauge\nc 3\n',
    );
  });
});
