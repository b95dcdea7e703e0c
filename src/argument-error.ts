/** What an {@link ArgumentError} is about. */
export interface ArgumentProblem {
  /** The component the argument belongs to, for example `PostgresInstance`. */
  component: string;
  /** The resource name given to the component, when there is one. */
  resource?: string;
  /** Path of the argument, for example `storage.size`. */
  argument: string;
  /** The value that was given. Never pass a secret. */
  value?: unknown;
  /** What is wrong with it, as a sentence. */
  problem: string;
  /** What to do instead, as a sentence; names the nearest valid choice where there is one. */
  remedy?: string;
}

/**
 * A wrong argument, found before anything is created.
 * The message names the component, the argument, the value, what is wrong and what to do.
 */
export class ArgumentError extends Error {
  readonly problems: ArgumentProblem[];

  constructor(problems: ArgumentProblem | ArgumentProblem[]) {
    const list = Array.isArray(problems) ? problems : [problems];
    super(list.map(describe).join("\n"));
    this.name = "ArgumentError";
    const { message } = this;
    // Pulumi's SDK puts the name of a property before it for each resource that was to get the value.
    Object.defineProperty(this, "message", { get: () => message, set: () => undefined });
    this.problems = list;
  }
}

function describe(p: ArgumentProblem): string {
  const where = p.resource === undefined ? p.component : `${p.component} "${p.resource}"`;
  const value = p.value === undefined ? "" : ` = ${JSON.stringify(p.value)}`;
  return `${where}: argument ${p.argument}${value}: ${p.problem}${p.remedy === undefined ? "" : ` ${p.remedy}`}`;
}
