import type { InspectResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Engine } from '../connection.ts';
import { isFailure } from '../failure.ts';

/** Everything about a container; of an engine that knows arcbox.v1 only, what that says. */
export async function lookUpContainer(engine: Engine, id: string, size: boolean): Promise<InspectResponse> {
  try {
    return await engine.furtherContainers.inspect({ id, size });
  } catch (error) {
    if (!isFailure(error, 'unimplemented')) throw error;
    const info = await engine.containers.inspect({ id, size });
    const { InspectResponse } = await import('@arcbox/proto/arcbox/engine/v1/container');
    return InspectResponse.fromPartial({ info });
  }
}
