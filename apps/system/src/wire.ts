import { build } from '@arcbox/config';
import {
  type GetInfoResponse,
  type GetVersionResponse,
  type SetupStatus as SetupStatusMessage,
  SetupStatus_Phase,
} from '@arcbox/proto/arcbox/v1/api';
import type { HostFacts } from './host-facts.ts';
import type { Counts } from './inventory-client.ts';
import type { Phase, SetupStatus } from './setup-status.ts';

const apiVersion = '1.0';

/** As in Go and OCI. */
const architectures: { readonly [name: string]: string } = { x64: 'amd64', ia32: '386' };

const phases: { readonly [phase in Phase]: SetupStatus_Phase } = {
  initializing: SetupStatus_Phase.INITIALIZING,
  'assets-ready': SetupStatus_Phase.ASSETS_READY,
  'vm-starting': SetupStatus_Phase.VM_STARTING,
  'vm-ready': SetupStatus_Phase.VM_READY,
  'network-ready': SetupStatus_Phase.NETWORK_READY,
  ready: SetupStatus_Phase.READY,
  'cleaning-up': SetupStatus_Phase.CLEANING_UP,
  degraded: SetupStatus_Phase.DEGRADED,
  failed: SetupStatus_Phase.FAILED,
};

export function toPingResponse(): { apiVersion: string; buildVersion: string } {
  return { apiVersion, buildVersion: build.version };
}

export function toVersionResponse(): GetVersionResponse {
  return {
    version: build.version,
    apiVersion,
    minApiVersion: apiVersion,
    gitCommit: build.commit,
    buildTime: build.time,
    os: process.platform,
    arch: architectures[process.arch] ?? process.arch,
    // There is no Go here; this is what the engine runs on.
    goVersion: `node ${process.version}`,
  };
}

export function toInfoResponse(facts: HostFacts, counts: Counts, stateDirectory: string): GetInfoResponse {
  return {
    containers: BigInt(counts.containers.total),
    containersRunning: BigInt(counts.containers.running),
    containersPaused: BigInt(counts.containers.paused),
    containersStopped: BigInt(counts.containers.stopped),
    images: BigInt(counts.images),
    machines: 0n,
    machinesRunning: 0n,
    serverVersion: build.version,
    os: facts.os,
    arch: facts.machine,
    memTotal: facts.memory,
    ncpu: facts.cpus,
    dataDir: stateDirectory,
    kernelVersion: facts.kernel,
    osType: 'linux',
    loggingDriver: 'k8s-file',
    storageDriver: 'overlay',
  };
}

export function toSetupStatus({ phase, message, error, vmRunning, integration }: SetupStatus): SetupStatusMessage {
  return {
    phase: phases[phase],
    dnsResolverInstalled: integration.dnsResolver,
    dockerSocketLinked: integration.dockerSocket,
    routeInstalled: integration.route,
    vmRunning,
    message,
    dockerToolsInstalled: integration.dockerTools,
    error,
  };
}
