import type { Execute } from "./execute";
import type { KubernetesApi } from "./kubernetes";
import type { RunProgram } from "./program";
import type { Clock } from "./waiting";

/** What the surroundings give to an operation. */
export interface OperationContext {
  /** The API server, reached when first used. */
  api: KubernetesApi;
  clock: Clock;
  /** Runs a command in a pod, as far as the ServiceAccount may. */
  execute: Execute;
  /** Runs a program of the image. */
  program: RunProgram;
  /** Writes one sentence of progress. */
  say: (sentence: string) => void;
  env: Readonly<Record<string, string | undefined>>;
}

/** One thing the jobs image can do. */
export interface Operation<Request> {
  /** What it does and what its request holds, for `--help`. */
  help: string;
  /** The request in its form, or an error that names the wrong member. */
  read: (json: RequestReader) => Request;
  /** Does it; throws an error with one clear sentence when it could not be done. */
  run: (request: Request, context: OperationContext) => Promise<void>;
}

/** A request that cannot be carried out as it is written. */
export class RequestError extends Error {
  constructor(member: string, problem: string) {
    super(`request: ${member} ${problem}`);
    this.name = "RequestError";
  }
}

/** Reads typed members out of a request; every error names the member. */
export class RequestReader {
  readonly #members: Record<string, unknown>;
  readonly #path: string;

  constructor(value: unknown, path = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new RequestError(path === "" ? "the whole" : path, "must be an object");
    }
    this.#members = value as Record<string, unknown>;
    this.#path = path;
  }

  /** A text that is not empty. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new RequestError(this.#name(name), "is missing");
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#members[name];
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value === "")
      throw new RequestError(this.#name(name), "must be a text that is not empty");
    return value;
  }

  /** A whole number within bounds. */
  integer(name: string, least: number, most: number, fallback?: number): number {
    const value = this.#members[name] ?? fallback;
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      throw new RequestError(this.#name(name), `must be a whole number from ${least} to ${most}`);
    }
    return value as number;
  }

  /** The same where it may be absent. */
  optionalInteger(name: string, least: number, most: number): number | undefined {
    return this.#members[name] === undefined ? undefined : this.integer(name, least, most);
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#members[name] ?? fallback;
    if (typeof value !== "boolean") throw new RequestError(this.#name(name), "must be true or false");
    return value;
  }

  /** The same where it may be absent. */
  optionalBoolean(name: string): boolean | undefined {
    return this.#members[name] === undefined ? undefined : this.boolean(name, false);
  }

  /** One of these texts. */
  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.text(name);
    const found = choices.find(choice => choice === value);
    if (found === undefined) throw new RequestError(this.#name(name), `must be one of ${choices.join(", ")}`);
    return found;
  }

  /** A list of texts; empty when absent. */
  texts(name: string): string[] {
    const value = this.#members[name] ?? [];
    if (!Array.isArray(value) || !value.every(item => typeof item === "string")) {
      throw new RequestError(this.#name(name), "must be a list of texts");
    }
    return value;
  }

  /** A map of texts; empty when absent. */
  textMap(name: string): Record<string, string> {
    const value = this.#members[name] ?? {};
    const good = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!good || !Object.values(value).every(item => typeof item === "string")) {
      throw new RequestError(this.#name(name), "must be a map of texts");
    }
    return value as Record<string, string>;
  }

  /** A map of objects; empty when absent. */
  objectMap(name: string): Record<string, object> {
    const value = this.#members[name] ?? {};
    const isObject = (item: unknown): boolean =>
      typeof item === "object" && item !== null && !Array.isArray(item);
    if (!isObject(value) || !Object.values(value).every(isObject)) {
      throw new RequestError(this.#name(name), "must be a map of objects");
    }
    return value as Record<string, object>;
  }

  /** A map of anything; empty when absent. */
  map(name: string): Record<string, unknown> {
    const value = this.#members[name] ?? {};
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new RequestError(this.#name(name), "must be a map");
    }
    return value as Record<string, unknown>;
  }

  object(name: string): RequestReader {
    return new RequestReader(this.#members[name], this.#name(name));
  }

  optionalObject(name: string): RequestReader | undefined {
    const value = this.#members[name];
    return value === undefined ? undefined : new RequestReader(value, this.#name(name));
  }

  /** A list of objects; empty when absent. */
  objects(name: string): RequestReader[] {
    const value = this.#members[name] ?? [];
    if (!Array.isArray(value)) throw new RequestError(this.#name(name), "must be a list");
    return value.map((item, index) => new RequestReader(item, `${this.#name(name)}[${index}]`));
  }

  #name(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}
