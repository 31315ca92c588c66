import type { TraceContext } from '@arcbox/request';

export interface SpanOptions {
  /** `arcbox.v1.ContainerService/Stop` */
  readonly name: string;
  readonly kind: 'server' | 'client';
  /** What it is part of; a trace begins with it when there is nothing. */
  readonly parent: TraceContext | undefined;
  readonly attributes: { readonly [name: string]: string | number };
}

/** Something that takes time, in a trace. */
export interface Span {
  /** For what is part of it. */
  readonly context: TraceContext;
  /** Ends it, once. With `failure`, in words, it has failed. */
  end(attributes: { readonly [name: string]: string | number }, failure?: string): void;
}

export interface Tracer {
  begin(options: SpanOptions): Span;
}

let active: Tracer | undefined;

/** Undefined where nobody collects traces: then nothing is to be done for them. */
export function activeTracer(): Tracer | undefined {
  return active;
}

export function setActiveTracer(tracer: Tracer | undefined): void {
  active = tracer;
}
