import { failedPrecondition } from '@arcbox/errors';
import { readSecurityOptions, type Security, unconfined } from '../options/security.ts';
import { defaultProfile } from './apparmor-profile.ts';

interface Host {
  /** The kernel confines processes by profiles. */
  readonly apparmor: boolean;
}

/** Name of the AppArmor profile that confines a container's processes; undefined: none does. */
export function apparmorProfileOf(security: Security | undefined, { apparmor: isEnforced }: Host): string | undefined {
  const asked = askedProfile(security);
  if (!isEnforced || asked === unconfined) return undefined;
  return asked ?? (security?.privileged ? undefined : defaultProfile);
}

/** FAILED_PRECONDITION where a profile is asked for that nobody would enforce. */
export function checkAppArmor(security: Security | undefined, { apparmor: isEnforced }: Host): void {
  const asked = askedProfile(security);
  if (isEnforced || asked === undefined || asked === unconfined) return;
  throw failedPrecondition(`apparmor=${asked}: AppArmor is not enabled on this host`);
}

const askedProfile = (security: Security | undefined): string | undefined => readSecurityOptions(security?.securityOptions ?? []).apparmor;
