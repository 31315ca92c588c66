import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A span as it arrived. */
export interface ReceivedSpan {
  /** `service.name` of the process that it is from. */
  readonly process: string;
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  /** Empty at the top of a trace. */
  readonly parent: string;
  readonly kind: 'server' | 'client' | 'other';
  /** Code of the status: 2 is an error. */
  readonly status: number;
  readonly attributes: { readonly [name: string]: string };
}

/** Takes what exporters of OpenTelemetry send by OTLP over HTTP, and reads it without their library. */
export interface TraceCollector extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: ReceivedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isExport = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
      if (isExport) spans.push(...spansIn(Buffer.concat(chunks)));
      response.writeHead(isExport ? 200 : 404, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Field = Uint8Array | number;

/** The fields of a message by number: bytes, and numbers as far as anybody asks for them. */
function fieldsOf(message: Field | undefined): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  const reader = new BinaryReader(message instanceof Uint8Array ? message : new Uint8Array());
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) fields.set(number, [...(fields.get(number) ?? []), reader.bytes()]);
    else if (wireType === WireType.Varint) fields.set(number, [...(fields.get(number) ?? []), Number(reader.int64())]);
    else reader.skip(wireType, number);
  }
  return fields;
}

const text = (field: Field | undefined): string => Buffer.from(field instanceof Uint8Array ? field : []).toString();
const hex = (field: Field | undefined): string => Buffer.from(field instanceof Uint8Array ? field : []).toString('hex');

/** The numbers of opentelemetry/proto/trace/v1/trace.proto and its neighbours. */
function spansIn(request: Uint8Array): ReceivedSpan[] {
  return (fieldsOf(request).get(1) ?? []).flatMap((group) => {
    const resourceSpans = fieldsOf(group);
    const resource = attributesOf(fieldsOf(resourceSpans.get(1)?.[0]).get(1));
    const scopes = resourceSpans.get(2) ?? [];
    return scopes.flatMap((scope) => fieldsOf(scope).get(2) ?? []).map((span) => toSpan(resource['service.name'] ?? '', fieldsOf(span)));
  });
}

function toSpan(process: string, fields: Map<number, Field[]>): ReceivedSpan {
  const [trace, id, parent, name, kind, status] = [1, 2, 4, 5, 6, 15].map((number) => fields.get(number)?.[0]);
  return {
    process,
    trace: hex(trace),
    id: hex(id),
    parent: hex(parent),
    name: text(name),
    kind: kind === 2 ? 'server' : kind === 3 ? 'client' : 'other',
    status: Number(fieldsOf(status).get(3)?.[0] ?? 0),
    attributes: attributesOf(fields.get(9)),
  };
}

function attributesOf(pairs: readonly Field[] = []): { [name: string]: string } {
  return Object.fromEntries(
    pairs.map((pair) => {
      const fields = fieldsOf(pair);
      const value = fieldsOf(fields.get(2)?.[0]);
      return [text(fields.get(1)?.[0]), value.has(1) ? text(value.get(1)?.[0]) : String(value.get(3)?.[0] ?? '')];
    }),
  );
}
