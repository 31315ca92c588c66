import type { Config } from '../record/config.ts';
import { requireProfile } from '../runtime/apparmor.ts';
import { apparmorProfileOf, checkAppArmor } from '../spec/apparmor.ts';
import type { HostAbilities } from '../spec/host.ts';

/** Sees to it that what is to confine a container's processes is in the kernel. FAILED_PRECONDITION names what is not. */
export async function confine({ security }: Pick<Config, 'security'>, host: Pick<HostAbilities, 'apparmor'>): Promise<void> {
  checkAppArmor(security, host);
  const profile = apparmorProfileOf(security, host);
  if (profile !== undefined) await requireProfile(profile);
}
