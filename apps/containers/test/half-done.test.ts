import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import { Metadata, Status as GrpcStatus } from 'nice-grpc';
import type { Container } from '../src/record/container.ts';
import type { Status } from '../src/record/status.ts';
import { freeze, isUnified, readCgroup } from '../src/runtime/cgroup.ts';
import { cgroupPath } from '../src/spec/cgroup-path.ts';
import { historyOf, needs, run, startEngine, type TestEngine } from './engine.ts';

/** Brings a record into the state in which a worker that was killed would have left it. */
function rewrite({ root }: TestEngine, id: string, change: (status: Status) => Status): void {
  using store = openStore(join(root.path, 'containers/state.db'));
  const records = store.collection<Container>('containers');
  records.update(id, (container) => ({ ...container, status: change(container.status) }));
}

/** As if the worker had died before it could answer calls of this method. */
function forgetAnswers({ root }: TestEngine, method: string): void {
  using store = openStore(join(root.path, 'containers/state.db'));
  store.db.prepare('DELETE FROM answers WHERE key LIKE ?').run(`%/${method} %`);
}

describeIf(needs, 'what a killed worker left half done', () => {
  it('a start whose process runs is completed', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    await engine.worker[Symbol.asyncDispose]();
    rewrite(engine, id, (status) => ({ ...status, state: 'created', starting: true, process: undefined, held: undefined }));
    const next = await engine.replica('1');
    await eventually(async () => expect((await next.containers.inspect({ id })).state).toMatchObject({ status: 'running' }));
    await next.containers.stop({ id, timeout: 1 });
    await eventually(async () => {
      expect((await historyOf(next)).map(({ action }) => action)).toEqual(['create', 'start', 'start', 'kill', 'kill', 'die', 'stop']);
    });
  });

  it('a start, a create or a removal whose answer was lost is not done again for the same key', async () => {
    await using engine = await startEngine();
    const withKey = { metadata: Metadata({ 'x-idempotency-key': 'one' }) };
    const request = { image: 'busybox', cmd: ['true'] };
    const { id } = await engine.containers.create(request, withKey);
    await engine.containers.start({ id }, withKey);
    await engine.containers.wait({ id });
    await engine.worker[Symbol.asyncDispose]();
    forgetAnswers(engine, 'Start');
    const next = await engine.replica('1');
    await next.containers.start({ id }, withKey);
    expect((await next.containers.create(request, withKey)).id).toBe(id);
    await eventually(async () => expect((await historyOf(next)).map(({ action }) => action)).toEqual(['create', 'start', 'die']));
    await next.containers.start({ id });
    await eventually(async () => expect((await historyOf(next)).map(({ action }) => action)).toEqual(['create', 'start', 'die', 'start', 'die']));
    await next.containers.wait({ id });
    await next.containers.remove({ id }, withKey);
    forgetAnswers(engine, 'Remove');
    await next.containers.remove({ id }, withKey);
    await expect(next.containers.remove({ id })).rejects.toMatchObject({ code: GrpcStatus.NOT_FOUND });
  });

  it('a start without a process is undone', async () => {
    await using engine = await startEngine();
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['true'] });
    await engine.worker[Symbol.asyncDispose]();
    rewrite(engine, id, (status) => ({ ...status, starting: true, generation: 1 }));
    mkdirSync(join(engine.root.path, 'run/containers', id));
    const { containers } = await engine.replica('1');
    await eventually(async () => expect((await containers.inspect({ id })).state?.error).toBe('the engine stopped while it started'));
    expect(existsSync(join(engine.root.path, 'run/containers', id))).toBe(false);
    await containers.start({ id });
    expect((await containers.wait({ id })).statusCode).toBe(0n);
  });

  it('a pause is undone, also by a worker that lives', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    rewrite(engine, id, (status) => ({ ...status, freezing: true }));
    await freeze(cgroupPath({ id }), true);
    const state = (): string | undefined =>
      isUnified() ? readCgroup(cgroupPath({ id }), 'freezer', 'cgroup.freeze') : readCgroup(cgroupPath({ id }), 'freezer', 'freezer.state');
    await eventually(() => expect(state()).toBe(isUnified() ? '0' : 'THAWED'));
    await engine.containers.pause({ id });
    expect(state()).toBe(isUnified() ? '1' : 'FROZEN');
  });

  it('a pause is undone before anything else is done to the container', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sh', '-c', 'trap "exit 7" TERM; touch /ready; while :; do sleep 0.01; done']);
    await eventually(() => engine.engine.statPath({ id, path: '/ready' }));
    rewrite(engine, id, (status) => ({ ...status, freezing: true }));
    await freeze(cgroupPath({ id }), true);
    await engine.containers.stop({ id, timeout: 10 });
    expect((await engine.containers.inspect({ id })).state).toMatchObject({ status: 'exited', exitCode: 7 });
  });

  it('one that was killed is not paused: it would never end', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const { state } = await engine.containers.inspect({ id });
    await freeze(cgroupPath({ id }), true);
    process.kill(state?.pid ?? 0, 'SIGKILL');
    if (!isUnified()) await expect(engine.containers.pause({ id })).rejects.toThrow(/FAILED_PRECONDITION: container \S+ is ending/);
    expect((await engine.containers.wait({ id })).statusCode).toBe(137n);
  });

  it('a start is finished before anything else is done to the container', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sleep', '1000']);
    const { state } = await containers.inspect({ id });
    const asLeft = (status: Status): Status => ({ ...status, state: 'created', starting: true, process: undefined, held: undefined });
    rewrite(engine, id, asLeft);
    await containers.start({ id });
    expect((await containers.inspect({ id })).state).toMatchObject({ status: 'running', pid: state?.pid });
    rewrite(engine, id, asLeft);
    await expect(containers.remove({ id })).rejects.toThrow('FAILED_PRECONDITION');
    rewrite(engine, id, asLeft);
    await containers.remove({ id, force: true });
    expect(existsSync(`/proc/${state?.pid}`)).toBe(false);
  });

  it('a conmon that nobody has noted is found', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    await engine.worker[Symbol.asyncDispose]();
    rewrite(engine, id, (status) => ({ ...status, state: 'created', starting: true, process: undefined, held: undefined }));
    // As if the runtime had not made the process yet.
    for (const file of ['monitor', 'pid']) rmSync(join(engine.root.path, 'run/containers', id, file));
    const { containers } = await engine.replica('1');
    await eventually(async () => expect((await containers.inspect({ id })).state?.error).toBe('the engine stopped while it started'));
    expect(execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })).not.toMatch(new RegExp(`^[^Z].*--cid=${id}`, 'm'));
  });

  it('a removal goes on', async () => {
    await using engine = await startEngine();
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['true'] });
    await engine.worker[Symbol.asyncDispose]();
    rewrite(engine, id, (status) => ({ ...status, state: 'removing', removal: { volumes: true } }));
    const { containers } = await engine.replica('1');
    await eventually(async () => expect((await containers.list({ all: true })).containers).toEqual([]));
  });

  it('files without a record go', async () => {
    await using engine = await startEngine();
    const id = 'e'.repeat(64);
    await engine.worker[Symbol.asyncDispose]();
    for (const place of ['containers', 'run/containers', 'run/runc']) mkdirSync(join(engine.root.path, place, id));
    await engine.replica('1');
    await eventually(() => {
      for (const place of ['containers', 'run/containers', 'run/runc']) expect(existsSync(join(engine.root.path, place, id))).toBe(false);
    });
  });
});
