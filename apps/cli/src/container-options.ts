import type { CreateOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import type { CreateContainerRequest } from '@arcbox/proto/arcbox/v1/container';
import type { Command } from 'commander';
import { addHealthOptions, healthOf, type HealthOptions } from './options/health.ts';
import { addIsolationOptions, isolationOf, type IsolationOptions } from './options/isolation.ts';
import { addLifecycleOptions, lifecycleOf, type LifecycleOptions } from './options/lifecycle.ts';
import { addNetworkingOptions, networkingOf, type NetworkingOptions, networkModeOf } from './options/networking.ts';
import { addProcessOptions, furtherProcessOf, processOf, type ProcessOptions } from './options/process.ts';
import { addRefused, refusedOfContainers } from './options/refused.ts';
import { addResourceOptions, limitsOf, type ResourceOptions, resourcesOf } from './options/resources.ts';
import { addStorageOptions, plainMountsOf, type StorageOptions, storageOf } from './options/storage.ts';
import { isRange } from './ports.ts';

/** What `run` and `create` take to describe a container. */
export interface ContainerOptions
  extends
    ProcessOptions,
    LifecycleOptions,
    NetworkingOptions,
    StorageOptions,
    ResourceOptions,
    HealthOptions,
    IsolationOptions {}

/** A container as these options describe it; what is left out is the engine's default. */
export interface ContainerWish {
  readonly container: CreateContainerRequest;
  readonly autoRemove: boolean;
  readonly options: Partial<CreateOptions>;
}

/** Adds these options to a command. `-h` is the host name here, so help is `--help` alone. */
export function addContainerOptions(command: Command): Command {
  command
    .helpOption('--help', 'show this help')
    .argument('<image>', 'name or id of the image')
    .argument('[command...]', "command to run in it, with its arguments (default: the image's)")
    .passThroughOptions();
  const groups = [
    addProcessOptions,
    addLifecycleOptions,
    addNetworkingOptions,
    addStorageOptions,
    addResourceOptions,
    addHealthOptions,
    addIsolationOptions,
  ];
  for (const add of groups) add(command);
  return addRefused(command, refusedOfContainers);
}

/** The request that these options, the image and the command after it make. */
export function toCreateRequest(options: ContainerOptions, image: string, cmd: readonly string[]): ContainerWish {
  return {
    container: {
      ...processOf(options),
      name: options.name ?? '',
      image,
      cmd: [...cmd],
      mounts: plainMountsOf(options),
      ports: (options.publish ?? []).filter((port) => !isRange(port)),
      limits: limitsOf(options),
      hostname: options.hostname ?? '',
      networkMode: networkModeOf(options),
    },
    autoRemove: options.rm ?? false,
    options: {
      ...furtherProcessOf(options),
      ...lifecycleOf(options),
      ...networkingOf(options),
      ...storageOf(options),
      ...resourcesOf(options),
      ...isolationOf(options),
      healthCheck: healthOf(options),
    },
  };
}
