import { unimplemented } from '@arcbox/errors';
import { type CallContext, type ServedService, service } from '@arcbox/rpc';
import type { CompatServiceDefinition, ServiceImplementation } from 'nice-grpc';

type NamedDefinition = CompatServiceDefinition & { readonly fullName: string };
type CallFields = Pick<CallContext, 'keyed' | 'log' | 'requestId'>;

/** A service with some of its methods; the others are UNIMPLEMENTED. */
export function partly<Service extends NamedDefinition>(
  definition: Service,
  methods: Partial<ServiceImplementation<Service, CallFields>>,
): ServedService {
  const names = 'methods' in definition ? Object.keys(definition.methods as object) : [];
  const missing = names.map((name) => [
    name,
    () => {
      throw unimplemented(`${name} is not part of this test`);
    },
  ]);
  return service(definition, { ...Object.fromEntries(missing), ...methods } as ServiceImplementation<Service, CallFields>);
}
