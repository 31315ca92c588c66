it('tells what failed in the body and what failed in the disposal after it', async () => {
  const failing = {
    [Symbol.asyncDispose]: () => Promise.reject(new Error('in the disposal')),
  };
  const body = async (): Promise<void> => {
    await using _used = failing;
    throw new Error('in the body');
  };
  const failed = await body().catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(SuppressedError);
  expect((failed as Error).message).toMatch(/in the body[^]*while disposing[^]*in the disposal/);
});
