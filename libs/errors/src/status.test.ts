import { EngineError, type ErrorKind, fromSystemError, kindOfStatus, notFound, statusOfKind } from './index.ts';

describe('status table', () => {
  it('maps every kind to a status and back', () => {
    const kinds: ErrorKind[] = ['not-found', 'already-exists', 'failed-precondition', 'data-loss', 'unavailable'];
    expect(kinds.map((kind) => kindOfStatus(statusOfKind(kind)))).toEqual(kinds);
    expect(kinds.map(statusOfKind)).toEqual([5, 6, 9, 15, 14]);
  });

  it('takes a status it does not know for internal', () => {
    expect(kindOfStatus(2)).toBe('internal');
  });

  it('keeps the cause out of the message', () => {
    const error = notFound('no such container: x', new Error('secret'));
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toBe('no such container: x');
    expect((error.cause as Error).message).toBe('secret');
  });

  it('calls a full disk resource exhausted', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(fromSystemError(full, 'writing blob')).toMatchObject({
      kind: 'resource-exhausted',
      message: 'writing blob: no space left on device',
    });
    const database = Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
    expect(fromSystemError(database, 'the engine')).toMatchObject({ kind: 'resource-exhausted' });
  });
});
