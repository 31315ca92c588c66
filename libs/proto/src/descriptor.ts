import { descriptorBase64 } from '../gen/descriptor.ts';

/** The FileDescriptorSet of the whole contract, as buf compiled it, imports included. */
export const descriptorSet: Uint8Array = Buffer.from(descriptorBase64, 'base64');
