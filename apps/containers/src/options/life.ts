import { posix } from 'node:path';
import { invalidArgument } from '@arcbox/errors';

/** How a container's first process is run, where it is not as usual. */
export interface Life {
  /** A small init is the first process. */
  readonly init?: boolean;
  /** Seconds between the stop signal and KILL. */
  readonly stopTimeout?: number;
  /** Its input ends when the first client that attached leaves. */
  readonly stdinOnce?: boolean;
  /** For the runtime. */
  readonly annotations?: { readonly [name: string]: string };
  /** Absolute, below every cgroup hierarchy. */
  readonly cgroupParent?: string;
}

export interface LifeRequest {
  readonly init?: boolean | undefined;
  readonly stopTimeoutSeconds?: number | undefined;
  readonly stdinOnce: boolean;
  readonly annotations: { readonly [name: string]: string };
  readonly cgroupParent: string;
}

/** Undefined when nothing is asked for. INVALID_ARGUMENT names what is wrong. */
export function checkLife({ init, stopTimeoutSeconds, stdinOnce, annotations, cgroupParent }: LifeRequest): Life | undefined {
  if (Object.keys(annotations).includes('')) throw invalidArgument('an annotation needs a name');
  const life: Life = {
    ...(init === undefined ? {} : { init }),
    ...(stopTimeoutSeconds === undefined ? {} : { stopTimeout: stopTimeoutSeconds }),
    ...(stdinOnce ? { stdinOnce } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(cgroupParent === '' ? {} : { cgroupParent: absolute(cgroupParent) }),
  };
  return Object.keys(life).length > 0 ? life : undefined;
}

/** Nobody leaves the hierarchy; `/` itself is no parent but the hierarchy. */
function absolute(path: string): string {
  const clean = posix.normalize(`/${path}`).replace(/\/+$/, '');
  if (/[\0\n]/.test(path) || path.split('/').includes('..')) throw invalidArgument(`invalid cgroup parent: ${path}`);
  return clean;
}
