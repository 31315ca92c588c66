import { statusOfKind } from '@arcbox/errors';
import {
  ServerReflectionDefinition,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '@arcbox/proto/grpc/reflection/v1/reflection';
import { ServerReflectionDefinition as AlphaDefinition } from '@arcbox/proto/grpc/reflection/v1alpha/reflection';
import { type ServedService, service } from '@arcbox/rpc';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import type { Descriptors } from './descriptors.ts';

type Question = ServerReflectionRequest['messageRequest'];
type Reply = ServerReflectionResponse['messageResponse'];

/** Server reflection under both of its names, from the descriptors as they were compiled. */
export function reflection(descriptors: Descriptors, services: readonly string[]): ServedService[] {
  const implementation = {
    async *serverReflectionInfo(requests: AsyncIterable<ServerReflectionRequest>) {
      for await (const request of requests) {
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: reply(request.messageRequest, descriptors, services),
        };
      }
    },
  };
  return [
    service(ServerReflectionDefinition, implementation, { early: true }),
    service(AlphaDefinition, implementation, { early: true }),
  ];
}

function reply(question: Question, descriptors: Descriptors, services: readonly string[]): Reply {
  switch (question?.$case) {
    case 'listServices':
      return { $case: 'listServicesResponse', value: { service: services.toSorted().map((name) => ({ name })) } };
    case 'fileByFilename':
      return files(descriptors, descriptors.file(question.value), `no such file: ${question.value}`);
    case 'fileContainingSymbol':
      return files(descriptors, descriptors.fileOf(question.value), `no such symbol: ${question.value}`);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = question.value;
      const file = descriptors.fileOfExtension(containingType, extensionNumber);
      return files(descriptors, file, `${containingType} has no extension ${extensionNumber}`);
    }
    case 'allExtensionNumbersOfType': {
      const numbers = descriptors.extensionNumbers(question.value);
      if (!numbers) return refusal('not-found', `no such message: ${question.value}`);
      return {
        $case: 'allExtensionNumbersResponse',
        value: { baseTypeName: question.value, extensionNumber: numbers },
      };
    }
    case undefined:
      return refusal('invalid-argument', 'the request asks nothing that is known here');
  }
}

function files(descriptors: Descriptors, file: FileDescriptorProto | undefined, otherwise: string): Reply {
  if (!file) return refusal('not-found', otherwise);
  const fileDescriptorProto = descriptors.withImports(file).map((bytes) => Buffer.from(bytes));
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function refusal(kind: 'not-found' | 'invalid-argument', errorMessage: string): Reply {
  return { $case: 'errorResponse', value: { errorCode: statusOfKind(kind), errorMessage } };
}
