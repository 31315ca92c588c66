import { cancelled, failedPrecondition } from '@arcbox/errors';
import { naming } from './naming.ts';

describe('what fails', () => {
  const failing = (error: Error) => naming('volume data', () => Promise.reject(error));

  it('says whose it is, once', async () => {
    await expect(failing(failedPrecondition('no space left'))).rejects.toMatchObject({ kind: 'failed-precondition', message: 'volume data: no space left' });
    await expect(failing(failedPrecondition('volume data is gone'))).rejects.toThrow(/^volume data is gone$/);
  });

  it('stays as it is when nobody is told of it', async () => {
    for (const error of [cancelled('the migration was cancelled'), new Error('a fault of ours')]) await expect(failing(error)).rejects.toBe(error);
    expect(await naming('volume data', async () => 7)).toBe(7);
  });
});
