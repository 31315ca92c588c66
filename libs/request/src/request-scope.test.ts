import { setTimeout as sleep } from 'node:timers/promises';
import { currentCause, currentRequest, enterRequest, outsideRequest, type RequestScope } from './request-scope.ts';

const request = (client: string): RequestScope => ({ requestId: client, method: '/a.B/C', client });

describe('the present request', () => {
  it('is kept apart for calls that overlap, and ends with them', async () => {
    const serve = async (client: string): Promise<unknown> => {
      await sleep(0);
      enterRequest(request(client));
      await sleep(5);
      return currentRequest();
    };
    expect(await Promise.all([serve('a'), serve('b')])).toEqual([request('a'), request('b')]);
    expect(currentRequest()).toBeUndefined();
  });

  it('does not go on in what is begun outside of it', async () => {
    const seen = await (async () => {
      await sleep(0);
      enterRequest(request('a'));
      const later = outsideRequest(async () => {
        await sleep(5);
        return currentRequest();
      });
      return { later: await later, still: currentRequest() };
    })();
    expect(seen).toEqual({ later: undefined, still: request('a') });
  });

  it('is the cause of what happens, unless a worker made it of its own accord', async () => {
    const causeOf = async (client: string): Promise<unknown> => {
      await sleep(0);
      enterRequest(request(client));
      return currentCause();
    };
    expect(await causeOf('uid=0 pid=1 gid=0')).toEqual(request('uid=0 pid=1 gid=0'));
    expect(await causeOf('')).toEqual(request(''));
    expect(await causeOf('worker=containers')).toBeUndefined();
  });
});
