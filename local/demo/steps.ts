import { messageOf } from "./api.ts";

export interface DemoStep {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  /** One sentence for a person. */
  readonly detail: string;
}

/** A step failed and is recorded; what comes after it cannot be tried. */
export class StepFailed extends Error {}

/** Runs the demo's steps, times each and says each in one sentence. */
export class Steps {
  readonly list: DemoStep[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Runs one step; `sentence` says what came of it. A failure is recorded and ends the walk. */
  async run<T>(name: string, action: () => Promise<T>, sentence: (value: T) => string): Promise<T> {
    const from = performance.now();
    try {
      const value = await action();
      this.#record({ name, ok: true, ms: elapsed(from), detail: sentence(value) });
      return value;
    } catch (error) {
      const why = messageOf(error);
      this.#record({ name, ok: false, ms: elapsed(from), detail: why });
      throw new StepFailed(why, { cause: error });
    }
  }

  /** Records a step that this machine cannot do for real. */
  pretend(name: string, detail: string): void {
    this.#record({ name, ok: true, ms: 0, detail });
  }

  #record(step: DemoStep): void {
    this.list.push(step);
    this.#say(
      step.ok
        ? `${step.name}: ${step.detail} (${step.ms} ms)`
        : `${step.name} FAILED after ${step.ms} ms: ${step.detail}`,
    );
  }
}

const elapsed = (from: number): number => Math.round(performance.now() - from);
