import { invalidArgument } from '@arcbox/errors';
import { type Clause, requireRest, writtenOf } from './clause.ts';
import { Flags } from './flags.ts';
import type { FromInstruction } from './instruction.ts';

/** `FROM [--platform=…] base [AS name]` */
export function parseFrom(clause: Clause): FromInstruction {
  const flags = new Flags(clause.flags, { platform: 'text' });
  const [base = '', as, name, ...more] = requireRest(clause, 'either one or three arguments').split(/\s+/);
  const isNamed = as?.toLowerCase() === 'as' && name !== undefined;
  if (more.length > 0 || (as !== undefined && !isNamed)) {
    throw invalidArgument('FROM requires either one or three arguments');
  }
  return {
    ...writtenOf(clause),
    keyword: 'FROM',
    base,
    platform: flags.text('platform'),
    name: name === undefined ? '' : checkedName(name),
  };
}

function checkedName(name: string): string {
  const lower = name.toLowerCase();
  if (lower === 'scratch' || !/^[a-z][a-z0-9-_.]*$/.test(lower)) {
    throw invalidArgument(
      `invalid name for build stage: ${JSON.stringify(name)}, name can't start with a number or contain symbols`,
    );
  }
  return lower;
}
