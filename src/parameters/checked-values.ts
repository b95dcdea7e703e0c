import { type Catalogue, findDefinition } from "./catalogue";
import type { ParameterDefinition } from "./definition";
import { effectiveBytes, effectiveNumber, effectiveValue } from "./effective";
import { type ParameterFinding, ParameterRule, Severity } from "./finding";
import type { ParameterSurroundings } from "./surroundings";
import { parseValue, showValue } from "./value";

/** One given parameter. */
export interface GivenParameter {
  /** Name as it was written. */
  written: string;
  text: string;
  definition: ParameterDefinition;
  /** Whether the server and CloudNativePG can read the value. */
  readable: boolean;
}

/** What a finding about several parameters says. */
export interface ConflictText {
  problem: string;
  remedy?: string;
}

/**
 * The values a server would run with, for comparing them with each other: given, else CloudNativePG's default,
 * else the server's own. A value that cannot be read is unknown, and so is what the major does not have.
 */
export class CheckedValues {
  constructor(
    readonly catalogue: Catalogue,
    readonly around: ParameterSurroundings,
    /** By the parameters' own names. */
    private readonly parameters: ReadonlyMap<string, GivenParameter>,
  ) {}

  /** All that are given and can be read. */
  given(): GivenParameter[] {
    return [...this.parameters.values()].filter(({ readable }) => readable);
  }

  isGiven(name: string): boolean {
    return this.parameters.get(name)?.readable === true;
  }

  /** As it was written; undefined when it is not given. */
  text(name: string): string | undefined {
    const parameter = this.parameters.get(name);
    return parameter?.readable === true ? parameter.text : undefined;
  }

  /** As `pg_settings.setting` shows it. */
  setting(name: string): string | undefined {
    return this.isUnknown(name) ? undefined : effectiveValue(this.catalogue, this.only(name), name);
  }

  isOn(name: string): boolean | undefined {
    const setting = this.setting(name);
    return setting === undefined ? undefined : setting === "on";
  }

  /** In base units. */
  number(name: string): number | undefined {
    return this.isUnknown(name) ? undefined : effectiveNumber(this.catalogue, this.only(name), name);
  }

  /** Undefined for negative values, too. */
  bytes(name: string): number | undefined {
    return this.isUnknown(name) ? undefined : effectiveBytes(this.catalogue, this.only(name), name);
  }

  /** As SHOW prints it, for messages. */
  shown(name: string): string {
    const setting = this.setting(name);
    const definition = findDefinition(this.catalogue, name);
    const parsed =
      setting === undefined || definition === undefined ? undefined : parseValue(definition, setting);
    return parsed?.ok === true && definition !== undefined
      ? showValue(definition, parsed.base)
      : (setting ?? "");
  }

  /** The name with its value, for messages: `wal_keep_size (512MB)`. */
  named(name: string): string {
    return `${name} (${this.shown(name)})`;
  }

  /** Beginning of a sentence about a size: its value, where it is not given in the same words. */
  being(name: string): string {
    const shown = this.shown(name);
    return this.text(name) === shown ? "is " : `is ${shown}, `;
  }

  refused(name: string, text: ConflictText): ParameterFinding {
    return this.conflict(Severity.Refused, name, text);
  }

  warning(name: string, text: ConflictText): ParameterFinding {
    return this.conflict(Severity.Warning, name, text);
  }

  private conflict(severity: Severity, name: string, { problem, remedy }: ConflictText): ParameterFinding {
    const parameter = this.parameters.get(name);
    return {
      severity,
      rule: ParameterRule.Conflict,
      parameter: parameter?.written ?? name,
      ...(parameter === undefined ? {} : { value: parameter.text }),
      problem,
      ...(remedy === undefined ? {} : { remedy }),
    };
  }

  private isUnknown(name: string): boolean {
    return this.parameters.get(name)?.readable === false;
  }

  /** Looking a value up among one is faster than among hundreds. */
  private only(name: string): Record<string, string> {
    const parameter = this.parameters.get(name);
    return parameter === undefined ? {} : { [name]: parameter.text };
  }
}
