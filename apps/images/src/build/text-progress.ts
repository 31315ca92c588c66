import { StringDecoder } from 'node:string_decoder';
import { EngineError } from '@arcbox/errors';
import { shortOf } from '../image/digest.ts';
import type { BuildNews, StepNews } from './news.ts';
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
  const decode = textDecoders();
  const steps = new StepOrder();
  try {
    for await (const news of newsOfBuild) for (const shown of steps.next(news)) yield* linesOf(shown, decode);
    for (const shown of steps.rest()) yield* linesOf(shown, decode);
  } catch (error) {
    for (const shown of steps.rest()) yield* linesOf(shown, decode);
    yield { error: reasonOf(error) };
    throw error;
  }
}

/** What the caller may know: the same as in the status of the call. */
export const reasonOf = (error: unknown): string => (error instanceof EngineError ? error.message : 'internal error');

type Decode = (step: number, stream: string, data: Buffer) => string;

function* linesOf(news: BuildNews, decode: Decode): Generator<TextProgress, void, undefined> {
  switch (news.kind) {
    case 'step':
      yield* stepLines(news);
      return;
    case 'output':
      yield { stream: decode(news.step, news.stream, news.data) };
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
  }
}

function* stepLines({ step, state, image }: StepNews): Generator<TextProgress, void, undefined> {
  const place = step.id > step.total ? '#' : `Step ${step.id}/${step.total} :`;
  if (state === 'started') yield { stream: `${place} ${step.text}\n` };
  if (state === 'cached') yield { stream: ' ---> Using cache\n' };
  if (image !== undefined && (state === 'cached' || state === 'done')) yield { stream: ` ---> ${shortOf(image)}\n` };
}

/** Output becomes text also where a character is cut in two. */
function textDecoders(): Decode {
  const decoders = new Map<string, StringDecoder>();
  return (step, stream, data) => {
    const key = `${step} ${stream}`;
    let decoder = decoders.get(key);
    if (!decoder) decoders.set(key, (decoder = new StringDecoder('utf8')));
    return decoder.write(data);
  };
}
