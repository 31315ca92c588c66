import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker_Health as Health, WorkerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/worker';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { HealthCheckResponse_ServingStatus as Serving, HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import {
  ServerReflectionDefinition,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '@arcbox/proto/grpc/reflection/v1/reflection';
import { ServerReflectionDefinition as AlphaDefinition } from '@arcbox/proto/grpc/reflection/v1alpha/reflection';
import { eventually, partly } from '@arcbox/testing';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Status } from 'nice-grpc';
import { type Engine, startEngine } from './engine.ts';

const repository = join(import.meta.dirname, '../../..');
const images = partly(ImageServiceDefinition, { list: async () => ({}) });

describe("the gateway's own services", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.worker('system', [
      partly(SystemServiceDefinition, { ping: async () => ({ apiVersion: '1.0', buildVersion: 'test' }) }),
    ]);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it('health: overall, by service, and as it changes', async () => {
    const health = engine.client(HealthDefinition);
    expect(await health.check({})).toEqual({ status: Serving.SERVING });
    await expect(health.check({ service: 'nothing' })).rejects.toMatchObject({ code: Status.NOT_FOUND });
    expect(await health.check({ service: 'arcbox.v1.ImageService' })).toEqual({ status: Serving.NOT_SERVING });
    expect((await health.list({})).statuses['']).toEqual({ status: Serving.SERVING });

    const abort = new AbortController();
    const seen: Serving[] = [];
    const unknown: Serving[] = [];
    const watching = (async () => {
      for await (const { status } of health.watch({ service: 'arcbox.v1.ImageService' }, { signal: abort.signal })) seen.push(status);
    })();
    const watchingUnknown = (async () => {
      for await (const { status } of health.watch({ service: 'nothing' }, { signal: abort.signal })) unknown.push(status);
    })();
    await eventually(() => expect(seen).toEqual([Serving.NOT_SERVING]));
    const worker = await engine.worker('images', [images]);
    await eventually(() => expect(seen).toEqual([Serving.NOT_SERVING, Serving.SERVING]));
    await worker[Symbol.asyncDispose]();
    await eventually(() => expect(seen).toEqual([Serving.NOT_SERVING, Serving.SERVING, Serving.NOT_SERVING]));
    expect(unknown).toEqual([Serving.SERVICE_UNKNOWN]);
    abort.abort();
    await expect(watching).rejects.toThrow('aborted');
    await expect(watchingUnknown).rejects.toThrow('aborted');
  });

  it('lists the workers with their health', async () => {
    await using _ready = await engine.worker('images', [images], { replica: '0' });
    await using _starting = await engine.worker('images', [images], { replica: '10', ready: false });
    await using _second = await engine.worker('images', [images], { replica: '2' });
    const client = engine.client(WorkerServiceDefinition);
    await eventually(async () => {
      const { workers } = await client.listWorkers({});
      expect(workers.map(({ replica, health }) => [replica, health])).toEqual([
        ['gateway-0', Health.HEALTH_SERVING],
        ['images-0', Health.HEALTH_SERVING],
        ['images-2', Health.HEALTH_SERVING],
        ['images-10', Health.HEALTH_STARTING],
        ['system-0', Health.HEALTH_SERVING],
      ]);
      expect(workers[1]).toMatchObject({ name: 'images', pid: process.pid, services: ['arcbox.v1.ImageService'], version: '0.1.0' });
    });
  });

  it('reflection answers every kind of question, in both versions', async () => {
    const question = (messageRequest: ServerReflectionRequest['messageRequest']) => ({ host: 'here', messageRequest });
    const questions = [
      question({ $case: 'listServices', value: '' }),
      question({ $case: 'fileByFilename', value: 'arcbox/v1/image.proto' }),
      ...[
        'arcbox.v1.ImageService',
        'arcbox.v1.ImageService.Pull',
        'arcbox.v1.PullImageRequest',
        'arcbox.v1.PullImageRequest.reference',
        'arcbox.engine.v1.Worker.Health',
        'arcbox.engine.v1.Worker.HEALTH_SERVING',
      ].map((value) => question({ $case: 'fileContainingSymbol', value })),
      question({ $case: 'fileContainingSymbol', value: 'arcbox.v1.Nothing' }),
      question({ $case: 'fileByFilename', value: 'nothing.proto' }),
      question({ $case: 'fileContainingExtension', value: { containingType: 'arcbox.v1.ImageInfo', extensionNumber: 7 } }),
      question({ $case: 'allExtensionNumbersOfType', value: 'arcbox.v1.ImageInfo' }),
      question({ $case: 'allExtensionNumbersOfType', value: 'arcbox.v1.Nothing' }),
      question(undefined),
    ];
    for (const definition of [ServerReflectionDefinition, AlphaDefinition] as (typeof ServerReflectionDefinition)[]) {
      const answers: ServerReflectionResponse[] = [];
      for await (const answer of engine.client(definition).serverReflectionInfo((async function* () {
        yield* questions;
      })())) {
        answers.push(answer);
      }
      const told = answers.map(({ messageResponse }) => describeAnswer(messageResponse));
      expect(told[0]).toContain('arcbox.v1.ImageService');
      expect(told[0]).not.toContain('SandboxService');
      expect(told.slice(1)).toEqual([
        'file arcbox/v1/image.proto',
        'file arcbox/v1/image.proto',
        'file arcbox/v1/image.proto',
        'file arcbox/v1/image.proto',
        'file arcbox/v1/image.proto',
        'file arcbox/engine/v1/worker.proto',
        'file arcbox/engine/v1/worker.proto',
        '5 no such symbol: arcbox.v1.Nothing',
        '5 no such file: nothing.proto',
        '5 arcbox.v1.ImageInfo has no extension 7',
        'extensions of arcbox.v1.ImageInfo: ',
        '5 no such message: arcbox.v1.Nothing',
        '3 the request asks nothing that is known here',
      ]);
      expect(answers[0]).toMatchObject({ validHost: 'here', originalRequest: questions[0] });
    }
  });

  it('buf curl finds and calls the services', async () => {
    const buf = async (...args: string[]): Promise<string> => {
      const common = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--unix-socket', engine.socket];
      const { stdout } = await promisify(execFile)(join(repository, 'node_modules/.bin/buf'), [...common, ...args], { timeout: 60_000 });
      return stdout;
    };
    const methods = await buf('--list-methods', 'http://localhost');
    expect(methods).toContain('arcbox.v1.ImageService/Pull');
    expect(methods).toContain('arcbox.engine.v1.WorkerService/ListWorkers');
    const ping = 'http://localhost/arcbox.v1.SystemService/Ping';
    const answer = { apiVersion: '1.0', buildVersion: 'test' };
    expect(JSON.parse(await buf(ping))).toEqual(answer);
    expect(JSON.parse(await buf('--reflect-protocol', 'grpc-v1alpha', ping))).toEqual(answer);
  });
});

function describeAnswer(answer: ServerReflectionResponse['messageResponse']): string {
  switch (answer?.$case) {
    case 'listServicesResponse':
      return answer.value.service.map(({ name }) => name).join(' ');
    case 'fileDescriptorResponse': {
      const files = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
      const names = new Set(files.map(({ name }) => name));
      for (const { dependency } of files) for (const name of dependency) expect(names).toContain(name);
      return `file ${files[0]?.name}`;
    }
    case 'allExtensionNumbersResponse':
      return `extensions of ${answer.value.baseTypeName}: ${answer.value.extensionNumber.join()}`;
    case 'errorResponse':
      return `${answer.value.errorCode} ${answer.value.errorMessage}`;
    case undefined:
      return 'nothing';
  }
}
