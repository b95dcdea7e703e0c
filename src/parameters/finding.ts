/** What is to happen because of a finding. */
export const Severity = {
  /** Nothing is created or changed. */
  Refused: "refused",
  /** It is allowed and ought to be known. */
  Warning: "warning",
} as const;
export type Severity = (typeof Severity)[keyof typeof Severity];

/** The rule a finding comes from. */
export const ParameterRule = {
  UnknownName: "unknownName",
  /** Exists in another major only. */
  OtherMajor: "otherMajor",
  /** A name with a dot that no catalogue knows. */
  CustomClass: "customClass",
  WrongType: "wrongType",
  WrongUnit: "wrongUnit",
  OutOfRange: "outOfRange",
  NotAChoice: "notAChoice",
  /** A text the server refuses for its form. */
  Malformed: "malformed",
  /** CloudNativePG owns it. */
  OwnedByOperator: "ownedByOperator",
  /** The server computes it, or it belongs to a session. */
  NotSettable: "notSettable",
  /** It can execute code, weaken security or lose data. */
  Unsafe: "unsafe",
  /** It does not fit with other values, the pod or the volumes. */
  Conflict: "conflict",
  /** The pod's memory does not suffice. */
  Memory: "memory",
  /** Less memory than a profile can size. */
  TooSmall: "tooSmall",
} as const;
export type ParameterRule = (typeof ParameterRule)[keyof typeof ParameterRule];

/** Something to say about one parameter. */
export interface ParameterFinding {
  severity: Severity;
  rule: ParameterRule;
  /** Name of the parameter as it was written; for a finding about several, the one to change first. */
  parameter: string;
  value?: string;
  /** What is wrong, as the end of a sentence that begins with the parameter. */
  problem: string;
  /** What to do, as a sentence. */
  remedy?: string;
}

/** A finding as one line: parameter, value, what is wrong and what to do. */
export function describeFinding({ parameter, value, problem, remedy }: ParameterFinding): string {
  const what = value === undefined ? parameter : `${parameter} = ${value}`;
  return `${what}: ${problem}${remedy === undefined ? "" : ` ${remedy}`}`;
}
