import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import type { Config, InternalUse, LogLimits, Port } from '../record/config.ts';
import type { Container } from '../record/container.ts';
import { checkTexts } from './check-texts.ts';
import type { Containers } from '../record/containers.ts';
import { draftConfig } from './draft-config.ts';
import type { HealthCheck } from '../health/health-check.ts';
import { parseImageConfig } from './image-config.ts';
import type { ResolvedImage } from '../clients/images-client.ts';
import { findMissingSources, type MountRequest } from './mounts.ts';
import { generateName, validateName } from './names.ts';
import type { IsolationRequest } from '../options/isolation.ts';
import type { LogRequest } from '../options/log-options.ts';
import { type ResourcesRequest, resourceWarnings } from '../options/resources.ts';
import type { Networking } from '../options/networking.ts';
import type { RestartPolicy } from '../supervise/restart-policy.ts';
import type { Places } from '../record/places.ts';
import type { HostAbilities } from '../spec/host.ts';
import { type LimitsRequest, limitWarnings } from '../spec/limits.ts';
import { capabilitiesOf, securityWarnings } from '../spec/privileges.ts';
import { defaultFilter } from '../spec/seccomp.ts';
import { never } from '../record/time.ts';
import { chooseIds, type ChosenIds, rootOverlay } from '../userns/choose-ids.ts';
import type { IdMaps } from '../userns/id-maps.ts';
import type { Remapping } from '../userns/remapping.ts';
import { makeDirectories } from '../start/sources.ts';
import { makeVolumes, type VolumeMaker } from '../start/volume-mounts.ts';

/** A container as somebody asks for it. */
export interface Wish {
  readonly name: string;
  readonly image: string;
  readonly cmd: readonly string[];
  readonly entrypoint: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly workingDir: string;
  readonly user: string;
  readonly mounts: readonly MountRequest[];
  readonly ports: readonly Port[];
  readonly limits: LimitsRequest;
  readonly resources: ResourcesRequest;
  readonly isolation?: IsolationRequest;
  /** Undefined: as the engine keeps every log. */
  readonly log?: LogRequest;
  readonly labels: { readonly [name: string]: string };
  readonly hostname: string;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly networkMode: string;
  readonly networking?: Networking;
  readonly autoRemove: boolean;
  readonly restart: RestartPolicy;
  readonly healthCheck?: HealthCheck;
  readonly internal?: InternalUse;
}

export interface CreateDeps {
  readonly containers: Containers;
  readonly images: {
    resolve(image: string, signal?: AbortSignal, platform?: string): Promise<ResolvedImage>;
    prepare(path: string, image: string): Promise<Config['root'][number][]>;
    cleanup(path: string): Promise<void>;
  };
  readonly volumes: VolumeMaker;
  readonly places: Places;
  readonly host: HostAbilities;
  readonly remapping: Remapping;
  readonly logLimits: LogLimits;
  readonly log: Logger;
}

export interface Created {
  readonly id: string;
  readonly warnings: readonly string[];
}

/**
 * Makes a container: checks everything first, then prepares its root and volumes; on failure nothing is left. `keep` is
 * called in the transaction that makes the record.
 */
export async function createContainer(
  deps: CreateDeps,
  wish: Wish,
  signal: AbortSignal,
  keep: (created: Created) => void = () => {},
): Promise<Created> {
  const { containers, images, places } = deps;
  const given = wish.name === '' ? undefined : validateName(wish.name);
  if (given !== undefined) containers.requireFreeName(given);
  checkTexts(wish);
  if (wish.autoRemove && wish.restart.name !== 'no') {
    throw invalidArgument('a container that is removed when it exits cannot have a restart policy');
  }
  const id = randomBytes(32).toString('hex');
  const image = wish.internal ? noImage : await images.resolve(wish.image, signal, wish.isolation?.platform);
  const draft = draftConfig(deps, id, wish, image);
  const missing = await findMissingSources(draft.mounts, signal);
  const chosen = chooseIds(deps.remapping, draft, (other) => containers.find(other));
  const warnings = warningsFor(deps.host, draft);
  using _lease = await containers.hold(id, signal);
  await using undo = new AsyncDisposableStack();
  const home = places.home(id);
  const left: string[] = [];
  const undoing = (what: string, work: () => Promise<void>): void =>
    undo.defer(async () => {
      await work().catch((error: unknown) => (left.push(what), deps.log.warn({ error, id }, `${what} is left for now`)));
    });
  // What is left is found by it: the patrol removes what has a directory and no record.
  undo.defer(() => (left.length > 0 ? undefined : rmSync(home, { recursive: true, force: true })));
  mkdirSync(home, { recursive: true, mode: 0o711 });
  // Those who attach before the start hold it open, and miss nothing of a container that ends at once.
  writeFileSync(places.logFile(id), '', { mode: 0o600 });
  if (!wish.internal) undoing('a root', () => images.cleanup(places.root(id)));
  const root = await makeRoot(deps, places.root(id), wish, image);
  await makeDirectories(missing, signal);
  undoing('a volume', () => deps.volumes.removeOwned(id));
  const mounts = await makeVolumes(deps.volumes, { id, draft, path: places.root(id), mounts: root });
  const config: Config = { ...draft, root, mounts };
  // Nobody would know of a container whose creator has gone.
  signal.throwIfAborted();
  const name = given ?? generateName((candidate) => containers.isNameTaken(candidate));
  insertWith(deps, chosen, { id, name, config, status: newStatus }, () => keep({ id, warnings }));
  undo.move();
  // From here on its record keeps them; a claim that stays is forgotten by and by.
  if (mounts.some(({ type }) => type === 'volume')) {
    await deps.volumes.release(id).catch((error: unknown) => deps.log.warn({ error, id }, 'claims of volumes are left'));
  }
  return { id, warnings };
}

function insertWith({ containers, remapping }: CreateDeps, chosen: ChosenIds, draft: Container, keep: () => void): void {
  if (!chosen) return containers.insert(draft, keep);
  const idsIn = (others: readonly Container[]): IdMaps => remapping.own(others.flatMap(({ config }) => config.ids ?? []));
  containers.insert(draft, keep, (one, others) => ({ ...one, config: { ...one.config, ids: chosen === 'own' ? idsIn(others()) : chosen } }));
}

/** Of a container that says everything itself. */
const noImage: ResolvedImage = { id: '', config: parseImageConfig(Buffer.from('{}'), ''), size: 0 };

async function makeRoot({ images }: CreateDeps, path: string, { internal }: Wish, { id }: ResolvedImage): Promise<Config['root']> {
  if (!internal) return images.prepare(path, id);
  if (!isAbsolute(internal.rootfs)) throw invalidArgument(`rootfs must be an absolute path: ${internal.rootfs}`);
  const overlay = rootOverlay(internal);
  if (overlay) return [{ type: 'overlay', source: 'overlay', target: path, options: overlay.options }];
  return [{ type: 'bind', source: internal.rootfs, target: path, options: ['bind'] }];
}

const newStatus: Container['status'] = {
  state: 'created',
  generation: 0,
  exits: 0,
  startedAt: never,
  finishedAt: never,
  exitCode: 0,
  error: '',
  oomKilled: false,
};

function warningsFor(host: HostAbilities, config: Config): string[] {
  const { limits, resources = {} } = config;
  const lacking = host.lacking.length > 0 ? [`the engine lacks ${host.lacking.join(', ')}; containers run without`] : [];
  const unfiltered = defaultFilter(capabilitiesOf(config.security, host), host) ? [] : ['no seccomp profile is installed: system calls are not filtered'];
  const ofOptions = [...limitWarnings(limits, host), ...resourceWarnings(resources, limits.memory, host), ...securityWarnings(config, host)];
  return [...ofOptions, ...lacking, ...unfiltered];
}
