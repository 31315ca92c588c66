import { StringDecoder } from 'node:string_decoder';
import { EngineError } from '@arcbox/errors';
import { shortOf } from '../image/digest.ts';
import type { BuildNews, OutputNews, StepNews } from './news.ts';
import { StepOrder } from './step-order.ts';

/** A message of arcbox.v1: what people read, news of a pull, or the image id. */
export interface TextProgress {
  readonly stream?: string;
  readonly status?: string;
  readonly progress?: string;
  readonly error?: string;
  readonly aux?: string;
}

/**
 * News of a build in the words of Docker's classic builder, the lines of one
 * step together. A failure is told before it ends the stream.
 */
export async function* toText(newsOfBuild: AsyncIterable<BuildNews>): AsyncGenerator<TextProgress, void, undefined> {
  const output = new TextOutput();
  const steps = new StepOrder();
  const rest = function* (): Generator<TextProgress, void, undefined> {
    for (const shown of steps.rest()) yield* linesOf(shown, output);
    yield* output.end();
  };
  try {
    for await (const news of newsOfBuild) for (const shown of steps.next(news)) yield* linesOf(shown, output);
    yield* rest();
  } catch (error) {
    yield* rest();
    yield { error: reasonOf(error) };
    throw error;
  }
}

/** What the caller may know: the same as in the status of the call. */
export const reasonOf = (error: unknown): string => (error instanceof EngineError ? error.message : 'internal error');

function* linesOf(news: BuildNews, output: TextOutput): Generator<TextProgress, void, undefined> {
  switch (news.kind) {
    case 'step':
      if (news.state !== 'started') yield* output.end(news.step.id);
      yield* stepLines(news);
      return;
    case 'output':
      yield* output.add(news);
      return;
    case 'transfer': {
      const { id, status, progress } = news.progress;
      yield { status: id === '' ? status : `${id}: ${status}`, progress };
      return;
    }
    case 'warning':
      yield { stream: `[Warning] ${news.text}\n` };
      return;
    case 'result':
      yield { aux: news.id };
      yield { stream: `Successfully built ${shortOf(news.id)}\n` };
      for (const name of news.names) yield { stream: `Successfully tagged ${name}\n` };
      return;
    // Only who has sent a listing is asked.
    case 'wanted':
  }
}

function* stepLines({ step, state, image }: StepNews): Generator<TextProgress, void, undefined> {
  const place = step.id > step.total ? '#' : `Step ${step.id}/${step.total} :`;
  if (state === 'started') yield { stream: `${place} ${step.text}\n` };
  if (state === 'cached') yield { stream: ' ---> Using cache\n' };
  if (image !== undefined && (state === 'cached' || state === 'done')) yield { stream: ` ---> ${shortOf(image)}\n` };
}

/** Output becomes text also where a character is cut in two. */
class TextOutput {
  readonly #decoders = new Map<string, { readonly step: number; readonly decoder: StringDecoder }>();

  *add({ step, stream, data }: OutputNews): Generator<TextProgress, void, undefined> {
    const key = `${step} ${stream}`;
    const { decoder } = this.#decoders.get(key) ?? { decoder: new StringDecoder('utf8') };
    this.#decoders.set(key, { step, decoder });
    const text = decoder.write(data);
    if (text !== '') yield { stream: text };
  }

  /** What a step, or else every one, has left of a character whose rest does not come. */
  *end(step?: number): Generator<TextProgress, void, undefined> {
    for (const [key, { step: own, decoder }] of this.#decoders) {
      if (step !== undefined && own !== step) continue;
      this.#decoders.delete(key);
      const text = decoder.end();
      if (text !== '') yield { stream: text };
    }
  }
}
