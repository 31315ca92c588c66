import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { requireProfile } from '../runtime/apparmor.ts';
import { apparmorProfileOf, checkAppArmor } from './apparmor.ts';
import { profileText } from './apparmor-profile.ts';
import { hasAppArmor } from './security-modules.ts';

const nothing = { readOnly: false, privileged: false, capAdd: [], capDrop: [], securityOptions: [], groupAdd: [] };
const asking = (...securityOptions: string[]) => ({ ...nothing, securityOptions });

describe('the AppArmor profile of a container', () => {
  let sys: string;
  beforeEach(() => {
    sys = mkdtempSync(join(tmpdir(), 'sys-'));
    for (const name of ['module/apparmor/parameters', 'kernel/security/apparmor']) mkdirSync(join(sys, name), { recursive: true });
    writeFileSync(join(sys, 'module/apparmor/parameters/enabled'), 'Y\n');
    writeFileSync(join(sys, 'kernel/security/apparmor/profiles'), 'mine (enforce)\narcbox-default (enforce)\na b (complain)\n');
  });
  afterEach(() => rmSync(sys, { recursive: true }));

  it('is enforced where the kernel does it and its files are there', () => {
    expect(hasAppArmor(sys)).toBe(true);
    rmSync(join(sys, 'kernel/security'), { recursive: true });
    expect(hasAppArmor(sys)).toBe(false);
    mkdirSync(join(sys, 'kernel/security/apparmor'), { recursive: true });
    writeFileSync(join(sys, 'module/apparmor/parameters/enabled'), 'N\n');
    expect(hasAppArmor(sys)).toBe(false);
    expect(hasAppArmor(join(sys, 'nowhere'))).toBe(false);
  });

  it('is the default one, the one that was asked for, or none', () => {
    const host = { apparmor: true };
    expect(apparmorProfileOf(undefined, host)).toBe('arcbox-default');
    expect(apparmorProfileOf(asking('apparmor=mine'), host)).toBe('mine');
    expect(apparmorProfileOf(asking('apparmor=unconfined'), host)).toBeUndefined();
    expect(apparmorProfileOf({ ...nothing, privileged: true }, host)).toBeUndefined();
    expect(apparmorProfileOf({ ...asking('apparmor:mine'), privileged: true }, host)).toBe('mine');
  });

  it('cannot be asked for where nobody would enforce it', () => {
    const host = { apparmor: false };
    for (const security of [undefined, asking('apparmor=unconfined')]) {
      expect(apparmorProfileOf(security, host)).toBeUndefined();
      checkAppArmor(security, host);
    }
    expect(() => checkAppArmor(asking('apparmor=mine'), host)).toThrow('apparmor=mine: AppArmor is not enabled on this host');
  });

  it('has to be loaded, unless it is the default one', async () => {
    for (const name of ['mine', 'arcbox-default', 'a b']) await requireProfile(name, sys);
    await expect(requireProfile('other', sys)).rejects.toThrow('AppArmor profile other is not loaded on this host');
  });
});

describeIf(['apparmor_parser'], 'the default AppArmor profile', () => {
  it('is one that the parser understands', () => {
    const names = execFileSync('apparmor_parser', ['--skip-kernel-load', '--skip-cache', '--names'], { input: profileText, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
    expect(names).toBe('arcbox-default\n');
    execFileSync('apparmor_parser', ['-Q', '--skip-cache'], { input: profileText, stdio: ['pipe', 'pipe', 'ignore'] });
  });
});
