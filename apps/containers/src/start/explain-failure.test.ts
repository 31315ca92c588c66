import { notFound } from '@arcbox/errors';
import { explainFailure } from './explain-failure.ts';

describe('a start that the system refuses', () => {
  it('says what is missing', () => {
    const missing = Object.assign(new Error("ENOENT: no such file or directory, open '/fifo'"), { code: 'ENOENT', syscall: 'open' });
    expect(explainFailure('web', missing)).toMatchObject({
      kind: 'failed-precondition',
      message: "container web could not be started: ENOENT: no such file or directory, open '/fifo'",
      cause: missing,
    });
    const full = Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM', syscall: 'spawn' });
    expect(explainFailure('web', full)).toMatchObject({ kind: 'resource-exhausted', message: 'container web could not be started: spawn ENOMEM' });
    const locked = Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR', errcode: 5 });
    expect(explainFailure('web', locked)).toMatchObject({ kind: 'unavailable' });
  });

  it('leaves what has a name, and mistakes of ours, as they are', () => {
    for (const error of [notFound('no such network'), new TypeError('x is undefined')]) expect(explainFailure('web', error)).toBe(error);
  });
});
