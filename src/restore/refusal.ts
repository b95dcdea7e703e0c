/** Why a restore cannot be, and what can. */
export interface RestoreRefusal {
  /** What is wrong, as a sentence. */
  problem: string;
  /** What to do instead, as a sentence. */
  remedy: string;
}

/** Ends planning with a reason. */
export class RestoreRefused extends Error {
  override readonly name = "RestoreRefused";
  readonly refusal: RestoreRefusal;

  constructor(problem: string, remedy: string) {
    super(`${problem} ${remedy}`);
    this.refusal = { problem, remedy };
  }
}
