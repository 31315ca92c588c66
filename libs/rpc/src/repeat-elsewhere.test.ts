import { type CallOptions, ClientError, type ClientMiddlewareCall, Status } from 'nice-grpc-common';
import { LostCall } from './lost-call.ts';
import { repeatElsewhere } from './repeat-elsewhere.ts';

/** What becomes of a unary call of `method` whose first replica ends it with `error`; the other one answers `elsewhere`. */
async function callThat(error: Error, method: string): Promise<unknown> {
  const path = `/arcbox.v1.ImageService/${method}`;
  const search = () => () => Promise.resolve((_request: unknown, _options: CallOptions) => Promise.resolve('elsewhere'));
  const next = (): never => {
    throw error;
  };
  const call = { method: { path }, requestStream: false, responseStream: false, request: {}, next } as unknown as ClientMiddlewareCall<unknown, unknown>;
  return (await repeatElsewhere('images', search)(call, {}).next()).value;
}

describe('a call that one replica has not answered', () => {
  const path = '/arcbox.v1.ImageService/Remove';

  it('is made elsewhere when it only reads, cannot have been made, or was refused by one that does not serve yet', async () => {
    expect(await callThat(new LostCall(path, 'images', false), 'Inspect')).toBe('elsewhere');
    expect(await callThat(new LostCall(path, 'images', true), 'Remove')).toBe('elsewhere');
    expect(await callThat(new ClientError(path, Status.UNAVAILABLE, 'images is starting'), 'Remove')).toBe('elsewhere');
  });

  it('is not when it may have been made, or was answered', async () => {
    await expect(callThat(new LostCall(path, 'images', false), 'Remove')).rejects.toThrow('went away');
    await expect(callThat(new ClientError(path, Status.UNAVAILABLE, 'the registry is away'), 'Inspect')).rejects.toThrow('registry');
  });
});
