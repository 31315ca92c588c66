import { passOn, responseHead } from './passing.ts';

describe('passing answers on', () => {
  it('adds the id of the request where the worker has not', () => {
    expect(responseHead([':status', '200'], 'a')).toEqual([':status', '200', 'x-request-id', 'a']);
    expect(responseHead([':status', '200', 'x-request-id', 'b'], 'a')).toEqual([':status', '200', 'x-request-id', 'b']);
  });

  it('takes joined trailers apart again', () => {
    const raw = ['grpc-status', '0', 'many', 'a, b', 'many', 'c', 'retry-after', '1', 'retry-after', '2'];
    // As Node gives them: joined, or the first value where only one is allowed.
    expect(passOn({ 'grpc-status': '0', many: 'a, b, c', 'retry-after': '1' }, raw)).toEqual({
      'grpc-status': '0',
      many: ['a, b', 'c'],
      'retry-after': '1',
    });
  });
});
