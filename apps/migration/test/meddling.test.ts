import { MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import { describeIf, eventually } from '@arcbox/testing';
import { runOf } from '../src/run/run.ts';
import { clear, needs, startEngine, type TestEngine } from './engine.ts';
import { makeRun } from './made-run.ts';

describeIf(needs, 'a run among people who meddle', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  afterEach(() => clear(engine.here));

  const stateOf = async (planId: string): Promise<MigrationState | undefined> =>
    (await engine.migration.engine.listMigrations({})).migrations.find((one) => one.planId === planId)?.state;

  it('is finished when everything has arrived, though the source is gone and somebody wants it undone', async () => {
    const { volumes } = engine.here;
    using run = makeRun(engine, { replacements: ['volume data'] });
    const { plan, context, chronicle, plans } = run;
    await volumes.create({ name: 'data' });
    await volumes.create({ name: 'data.old' });
    const { created } = await volumes.inspect({ name: 'data' });
    context.items.put<'volume'>({ kind: 'volume', name: 'data', aside: 'data.old', created, isDone: true });
    plans.put(plan);
    chronicle.runs.put({ ...runOf(chronicle.runs, plan.id), state: 'running', attempt: 1, phase: 'complete', cancelWanted: true });
    await eventually(async () => expect(await stateOf(plan.id)).toBe(MigrationState.MIGRATION_STATE_DONE));
    expect((await volumes.list({})).volumes.map(({ name }) => name)).toEqual(['data']);
    expect((await volumes.inspect({ name: 'data' })).created).toBe(created);
    await engine.migration.engine.removeMigration({ planId: plan.id });
  });
});
