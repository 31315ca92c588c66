import type { Container } from './container.ts';
import type { Containers } from './containers.ts';

export interface Input {
  readonly data: Uint8Array;
  readonly resize: boolean;
  readonly height: number;
  readonly width: number;
}

/** Brings a client's input to the main process of a container. */
export async function takeInput(
  _deps: { readonly containers: Containers },
  _container: Container,
  input: AsyncIterable<Input>,
  signal: AbortSignal,
): Promise<void> {
  for await (const _ of input) if (signal.aborted) return;
}
