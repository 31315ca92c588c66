/**
 * A program, or a file by its absolute path, that the engine uses; set-up installs the Debian package that brings it.
 *
 * @typedef {object} NeededProgram
 * @property {string} program
 * @property {string} debian
 * @property {'always' | 'often' | 'sometimes'} needed `always`: without it no container runs at all.
 * @property {string} without What does not work without it.
 * @property {readonly string[]} [version] Arguments that make it tell its version; it has none to tell without them.
 * @property {string} [oldest] The engine is not tried with versions before this one.
 */

const version = ['--version'];

/** @type {readonly NeededProgram[]} */
export const programs = [
  { program: 'runc', debian: 'runc', needed: 'always', without: 'no container can run', version, oldest: '1.1' },
  { program: 'conmon', debian: 'conmon', needed: 'always', without: 'no container can run', version, oldest: '2.1' },
  {
    program: 'nats-server',
    debian: 'nats-server',
    needed: 'sometimes',
    without: 'there is no bus, unless ARCBOX_NATS_URL names one',
    version,
    oldest: '2.9',
  },
  { program: 'ip', debian: 'iproute2', needed: 'always', without: 'no network can be made', version: ['-V'] },
  { program: 'nft', debian: 'nftables', needed: 'always', without: 'no network can be made', version, oldest: '1.0' },
  {
    program: 'busybox',
    debian: 'busybox-static',
    needed: 'sometimes',
    without: 'there is no image for the first container that a start runs',
    version: [],
  },
  {
    program: '/usr/share/containers/seccomp.json',
    debian: 'golang-github-containers-common',
    needed: 'always',
    without: 'no container can run',
  },
  {
    program: 'conntrack',
    debian: 'conntrack',
    needed: 'sometimes',
    without: 'UDP that went to a container that is gone goes there still',
    version,
  },
  { program: 'socat', debian: 'socat', needed: 'often', without: 'nothing can be sent to the input of a container', version: ['-V'] },
  { program: 'bsdtar', debian: 'libarchive-tools', needed: 'often', without: 'archives of some kinds cannot be read', version },
  { program: 'bsdcat', debian: 'libarchive-tools', needed: 'often', without: 'archives of some kinds cannot be read', version },
  { program: 'igzip', debian: 'isal', needed: 'sometimes', without: 'layers are compressed more slowly', version },
  { program: 'ps', debian: 'procps', needed: 'often', without: 'the processes of a container cannot be listed', version },
  { program: 'nsenter', debian: 'util-linux', needed: 'always', without: 'no network can be made', version },
  { program: 'tini-static', debian: 'tini', needed: 'sometimes', without: 'no container can have an init process', version },
  {
    program: 'apparmor_parser',
    debian: 'apparmor',
    needed: 'sometimes',
    without: 'containers have no AppArmor profile where the kernel has AppArmor',
    version,
  },
];
