import { exposition, type Family, mergeExpositions } from '@arcbox/metrics';
import { MetricsServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/metrics';
import { ownMetrics, type Registration, type ServedService, service } from '@arcbox/rpc';

type Replica = Pick<Registration, 'worker' | 'replica' | 'node'>;

export interface MetricsSources {
  /** The gateway. */
  readonly self: Replica;
  /** All others that are known. */
  others(): readonly Registration[];
  /** Undefined when it does not answer in time. */
  ask(registration: Registration): Promise<string | undefined>;
}

/** The numbers of the whole engine: the gateway's own, and those of all replicas that answer. */
export class EngineMetrics {
  readonly #sources: MetricsSources;
  #reading: Promise<string> | undefined;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
  }

  /** Whoever asks while it is being read gets the same. */
  read(): Promise<string> {
    return (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
  }

  async #read(): Promise<string> {
    const { self, others, ask } = this.#sources;
    const own = ownMetrics({ ...self });
    const asked = others().map(async (replica) => ({ replica, text: await ask(replica) }));
    const all = [{ replica: self, text: await own }, ...(await Promise.all(asked))];
    return mergeExpositions([exposition({}, [presence(all)]), ...all.flatMap(({ text }) => text ?? [])]);
  }
}

/** arcbox.engine.v1.MetricsService of the whole engine. */
export function metricsOfAll(metrics: EngineMetrics): ServedService {
  return service(MetricsServiceDefinition, { read: async () => ({ text: await metrics.read() }) }, { early: true });
}

/** Who has answered. */
function presence(all: readonly { replica: Replica; text: string | undefined }[]): Family {
  return {
    name: 'arcbox_up',
    help: 'Whether a replica that is known has given its values.',
    kind: 'gauge',
    samples: () =>
      all.map(({ replica: { worker, replica, node }, text }) => ({ suffix: '', labels: { worker, replica, node }, value: text === undefined ? 0 : 1 })),
  };
}
