/** Name of the profile of containers for which nobody asks for another. */
export const defaultProfile = 'arcbox-default';

/**
 * What AppArmor lets a container do by default: the same as Docker's profile does.
 * It is a second wall behind capabilities, namespaces, seccomp and masked paths, for
 * what a container's root reaches through /proc and /sys. apparmor.d(5); a rule
 * that denies wins over one that allows.
 */
export const profileText = `
profile ${defaultProfile} flags=(attach_disconnected, mediate_deleted) {
  file,
  network,
  capability,
  umount,
  deny mount,

  # From the engine and its runtime, and among each other.
  signal receive peer={unconfined,runc,crun},
  signal (send, receive) peer=${defaultProfile},
  ptrace (trace, read, tracedby, readby) peer=${defaultProfile},

  # Of /proc, what belongs to processes can be written, and of the parameters kernel.shm*.
  deny /proc/* w,
  deny /proc/{[^1-9s/]*,s,s[^y/]*,sy,sy[^s/]*,sys?*}/** w,
  deny /proc/sys/[^k/]** w,
  deny /proc/sys/kernel/{s,sh,{[^s/],s[^h/],sh[^m/]}**} w,
  deny /proc/{kcore,kmem,mem,sysrq-trigger} rwklx,

  # Of /sys, what is below fs/cgroup.
  deny /sys/{[^f/]*,f,f[^s/]*,fs?*}/** wklx,
  deny /sys/fs/{[^c/]*,c,c[^g/]*,cg,cg[^r/]*}/** wklx,
  deny /sys/{firmware,devices/virtual/powercap,kernel/security}/** rwklx,
}
`;
