import type { CompatServiceDefinition, ServiceImplementation } from 'nice-grpc';
import type { CallFields } from './context.ts';

/** A definition with what implements it. */
export interface ServedService {
  readonly definition: CompatServiceDefinition & { readonly fullName: string };
  readonly implementation: object;
  /** Answers also before the worker is ready. */
  readonly early: boolean;
}

/** What implements a service. */
export type Implementation<Service extends CompatServiceDefinition> = ServiceImplementation<Service, CallFields>;

/** Pairs a service with its implementation, checked by the compiler. */
export function service<Service extends CompatServiceDefinition & { readonly fullName: string }>(
  definition: Service,
  implementation: Implementation<Service>,
  options: { early?: boolean } = {},
): ServedService {
  return { definition, implementation, early: options.early ?? false };
}
