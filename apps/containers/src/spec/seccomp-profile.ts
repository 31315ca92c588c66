import { invalidArgument } from '@arcbox/errors';
import type { Profile, ProfileRule } from './seccomp.ts';

/** What the runtime knows: config-linux.md of the OCI runtime specification. Notify needs somebody who listens. */
const actions = ['ALLOW', 'ERRNO', 'KILL', 'KILL_PROCESS', 'KILL_THREAD', 'LOG', 'TRACE', 'TRAP'].map((name) => `SCMP_ACT_${name}`);
const operators = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map((name) => `SCMP_CMP_${name}`);
const flags = ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'];

/** A profile is some thousand lines; characters. */
const longest = 1024 * 1024;

type Fields = { readonly [name: string]: unknown };

/** A JSON profile in Docker's format or the runtime's. INVALID_ARGUMENT says what is wrong with it. */
export function parseSeccompProfile(text: string): Profile {
  if (text.length > longest) throw invalidArgument('a seccomp profile cannot be longer than 1 MiB');
  const profile = fieldsOf(parse(text), 'the profile');
  if (listOf(profile, 'architectures').length > 0 && listOf(profile, 'archMap').length > 0) {
    throw invalidArgument("'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'");
  }
  checkNumber(profile, 'defaultErrnoRet');
  oneOf(actions, profile['defaultAction'], 'action');
  for (const flag of listOf(profile, 'flags')) oneOf(flags, flag, 'flag');
  for (const family of listOf(profile, 'archMap').map((entry) => fieldsOf(entry, 'archMap'))) {
    checkTexts({ architecture: [family['architecture']], subArchitectures: listOf(family, 'subArchitectures') });
  }
  checkTexts({ architectures: listOf(profile, 'architectures') });
  const syscalls = listOf(profile, 'syscalls').map((rule) => parseRule(fieldsOf(rule, 'syscalls')));
  return { ...(profile as Partial<Profile>), defaultAction: String(profile['defaultAction']), syscalls };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong((error as Error).message, error);
  }
}

function parseRule(rule: Fields): ProfileRule {
  const [names, name] = [listOf(rule, 'names'), rule['name']];
  if (name && names.length > 0) {
    throw invalidArgument("'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'");
  }
  const all = name ? [name] : names;
  if (all.length === 0) throw wrong('a rule names no system call');
  oneOf(actions, rule['action'], 'action');
  checkNumber(rule, 'errnoRet');
  for (const argument of listOf(rule, 'args').map((entry) => fieldsOf(entry, 'args'))) {
    for (const field of ['index', 'value', 'valueTwo']) checkNumber(argument, field);
    oneOf(operators, argument['op'], 'operator');
  }
  for (const condition of [fieldsOf(rule['includes'] ?? {}, 'includes'), fieldsOf(rule['excludes'] ?? {}, 'excludes')]) {
    const minKernel = condition['minKernel'] ? [condition['minKernel']] : [];
    checkTexts({ caps: listOf(condition, 'caps'), arches: listOf(condition, 'arches'), minKernel });
  }
  checkTexts({ names: all });
  return { ...(rule as unknown as ProfileRule), names: all as string[], args: listOf(rule, 'args') as NonNullable<ProfileRule['args']> };
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(`${what} must hold objects`);
}

function listOf(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw wrong(`${name} must be a list`);
  return value;
}

function checkTexts(lists: { readonly [name: string]: readonly unknown[] }): void {
  for (const [name, values] of Object.entries(lists)) {
    if (!values.every((value) => typeof value === 'string' && value !== '')) throw wrong(`${name} must be texts`);
  }
}

function checkNumber(fields: Fields, name: string): void {
  const value = fields[name] ?? 0;
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw wrong(`${name} must be a whole number`);
}

function oneOf(known: readonly string[], value: unknown, what: string): void {
  if (!known.some((one) => one === value)) throw wrong(`unknown ${what} ${JSON.stringify(value)}`);
}

function wrong(why: string, cause?: unknown): Error {
  return invalidArgument(`decoding seccomp profile failed: ${why}`, cause);
}
