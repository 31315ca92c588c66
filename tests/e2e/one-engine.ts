import { type Engine, startEngine } from './engine.ts';

/** One engine for all tests of a file, started before the first of them; the function gives it. */
export function oneEngine(options: Parameters<typeof startEngine>[0] = {}): () => Engine {
  let engine: Engine | undefined;
  beforeAll(async () => void (engine = await startEngine(options)));
  afterAll(() => engine?.[Symbol.asyncDispose]());
  return () => {
    if (!engine) throw new Error('there is an engine only while tests run');
    return engine;
  };
}
