import type { PlannedStage } from './language/stages.ts';
import type { Step } from './news.ts';

/** Numbers the steps of a build as they stand in the Dockerfile, whatever runs first. */
export class StepNumbers {
  readonly #first = new Map<number, number>();
  readonly #total: number;
  #triggers = 0;

  /** `stages` are those that are built, in the order of the file. */
  constructor(stages: readonly PlannedStage[]) {
    let next = 1;
    for (const { index, instructions } of stages) {
      this.#first.set(index, next);
      next += instructions.length + 1;
    }
    this.#total = next - 1;
  }

  from(stage: PlannedStage): Step {
    return this.#step(stage, 0, stage.text);
  }

  instruction(stage: PlannedStage, index: number): Step {
    return this.#step(stage, index + 1, stage.instructions[index]?.text ?? '');
  }

  /** Triggers of base images, and stages that only they need, are numbered after all others as they come up. */
  trigger(stage: PlannedStage, text: string): Step {
    return this.#named(stage, this.#extra(), 'onbuild', text);
  }

  #step(stage: PlannedStage, offset: number, text: string): Step {
    const first = this.#first.get(stage.index);
    const id = first === undefined ? this.#extra() : first + offset;
    return this.#named(stage, id, `${offset + 1}/${stage.instructions.length + 1}`, text);
  }

  #extra(): number {
    return this.#total + ++this.#triggers;
  }

  #named({ name, index }: PlannedStage, id: number, place: string, text: string): Step {
    const stage = name === '' ? String(index) : name;
    const shown = name === '' ? `stage-${index}` : name;
    return { id, total: this.#total, name: `[${shown} ${place}] ${text}`, stage, text };
  }
}
