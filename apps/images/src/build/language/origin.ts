import { invalidArgument } from '@arcbox/errors';
import { parseReference } from '@arcbox/reference';
import type { Origin } from './action.ts';
import type { Instruction } from './instruction.ts';

/** Where the stages of a Dockerfile are, seen from one of them. */
export interface StageNames {
  /** The stage that looks. */
  readonly index: number;
  /** Of all stages: lower case, empty for those without. */
  readonly names: readonly string[];
}

/** The files of no image at all. */
export const scratch = 'scratch';

/** What `--from` and `from=` name: a stage before this one, by name or number, or an image. */
export function resolveOrigin(from: string, { index, names }: StageNames): Origin {
  if (/^\d+$/.test(from)) return { stage: checkedStage(Number(from), from, index) };
  const stage = names.lastIndexOf(from.toLowerCase(), index - 1);
  if (index > 0 && stage >= 0) return { stage };
  const later = names.indexOf(from.toLowerCase());
  if (later >= 0) checkedStage(later, from, index);
  checkImageName(from);
  return { image: from };
}

/** Names of images, and their ids. */
export function checkImageName(name: string): void {
  if (name !== scratch && !/^(sha256:)?[0-9a-f]{64}$/.test(name)) parseReference(name);
}

function checkedStage(stage: number, from: string, index: number): number {
  if (stage < index) return stage;
  throw invalidArgument(`cannot take files from stage ${JSON.stringify(from)}: it must be defined before this one`);
}

/** The stages and images that an instruction takes files from. */
export function originsOf(instruction: Instruction, stages: StageNames): Origin[] {
  switch (instruction.keyword) {
    case 'COPY':
    case 'ADD':
      return instruction.from === '' ? [] : [resolveOrigin(instruction.from, stages)];
    case 'RUN':
      return instruction.mounts.flatMap((fields) => {
        const from = fields.findLast((field) => /^from=./i.test(field));
        return from === undefined ? [] : [resolveOrigin(from.slice('from='.length), stages)];
      });
    default:
      return [];
  }
}
