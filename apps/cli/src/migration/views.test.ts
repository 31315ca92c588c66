import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { RunMigrationEvent } from '@arcbox/proto/arcbox/v1/api';
import { formatEnd, formatPlan, type Plan } from './plan.ts';
import { formatStep } from './terminal-view.ts';
import { plainView } from './view.ts';

const event = (fields: Partial<RunMigrationEvent>): RunMigrationEvent => RunMigrationEvent.create({ planId: 'p', ...fields });

describe('a migration on a terminal', () => {
  it('is a bar for each phase, as wide as the terminal', () => {
    const step = event({ phase: 'import-images', resource: 'busybox:latest', message: '1MB/2MB', completed: 1, total: 4 });
    expect(formatStep(step, 100)).toBe('Bringing over images       [=====>              ] 1/4  busybox:latest: 1MB/2MB');
    expect(formatStep(step, 60)).toHaveLength(59);
    expect(formatStep({ ...step, completed: 4 }, 100)).toBe('Bringing over images       [====================] 4/4');
  });

  it('has nothing that steers it', () => {
    expect(formatStep(event({ phase: 'prepare', message: 'a\u001b[2Jb\nc' }), 100)).toBe('Preparing                  [                    ]   a\ufffd[2Jb c');
  });
});

it('off a terminal a migration is a line for each step, without the bytes', async () => {
  const stream = new PassThrough();
  const view = plainView(stream);
  view.show(event({ phase: 'import-images', resource: 'a:1', message: '1MB', total: 2 }));
  view.show(event({ phase: 'import-images', resource: 'a:1', message: '2MB', total: 2 }));
  view.show(event({ phase: 'import-images', resource: 'b:1', completed: 1, total: 2 }));
  view.show(event({ phase: 'prepare' }));
  view.show(event({ phase: 'prepare', message: 'undoing' }));
  view.show(event({ phase: 'complete', message: 'all is here', done: true }));
  view.end();
  stream.end();
  expect(await text(stream)).toBe('Bringing over images (0/2): a:1\nBringing over images (1/2): b:1\nPreparing\nPreparing: undoing\n');
});

describe('a plan', () => {
  const plan: Plan = {
    planId: 'p',
    sourceKind: 'docker',
    sourceSocketPath: '/var/run/docker.sock',
    imageCount: 2,
    volumeCount: 1,
    networkCount: 0,
    containerCount: 3,
    replacementsRequired: false,
    warnings: [],
    unsupportedResources: [],
    replacements: [],
  };

  it('says how much of what there is', () => {
    expect(formatPlan(plan)).toBe('From docker at /var/run/docker.sock:\nIMAGES    VOLUMES   NETWORKS   CONTAINERS\n2         1         0          3\n');
  });

  it('says what gives way, what is worth knowing and what stays behind', () => {
    const more = formatPlan({ ...plan, replacementsRequired: true, replacements: ['volume data'], warnings: ['w'], unsupportedResources: ['u'] });
    expect(more).toContain('would be replaced:\n  volume data\nWorth knowing:\n  w\nCannot be brought over:\n  u\n');
  });
});

it('the end of a migration says what is new and how it went', () => {
  const end = event({ done: true, message: 'everything has arrived', warnings: ['of the plan', 'found on the way'] });
  expect(formatEnd({ ...end, success: true }, ['of the plan'])).toBe('Worth a look:\n  found on the way\nEverything has arrived.\n');
  expect(formatEnd(end, end.warnings)).toBe('');
});
