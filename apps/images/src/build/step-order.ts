import type { BuildNews } from './news.ts';

/** News that are held back; more are shown as they come. */
const most = 256;

/** Puts the news of steps that run at the same time in an order for people: one step after the other. */
export class StepOrder {
  #shown: number | undefined;
  #held: BuildNews[] = [];

  /** What is to be shown now. */
  next(news: BuildNews): BuildNews[] {
    const step = stepOf(news);
    if (step !== undefined && this.#shown !== undefined && step !== this.#shown) {
      this.#held.push(news);
      return this.#held.length > most ? this.rest() : [];
    }
    if (step !== undefined) this.#shown = step;
    return endsStep(news) ? [news, ...this.#goOn()] : [news];
  }

  /** Everything that was held back. */
  rest(): BuildNews[] {
    this.#shown = undefined;
    return this.#held.splice(0);
  }

  /** The step that waits longest is next, until one is found that has not ended. */
  #goOn(): BuildNews[] {
    const shown: BuildNews[] = [];
    for (this.#shown = undefined; this.#held[0];) {
      const step = stepOf(this.#held[0]);
      const own = this.#held.filter((news) => stepOf(news) === step);
      this.#held = this.#held.filter((news) => stepOf(news) !== step);
      shown.push(...own);
      if (own.some(endsStep)) continue;
      this.#shown = step;
      break;
    }
    return shown;
  }
}

function stepOf(news: BuildNews): number | undefined {
  if (news.kind === 'step') return news.step.id;
  return news.kind === 'output' || news.kind === 'transfer' ? news.step : undefined;
}

const endsStep = (news: BuildNews): boolean => news.kind === 'step' && news.state !== 'started';
