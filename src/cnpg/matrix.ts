import * as semver from "semver";

/** Versions this package is tested with; what is installed unless something else is asked for. */
export const pinnedVersions = {
  operator: "1.30.0",
  plugin: "0.14.0",
  /** Newer than the operator's own default, 1.25.1: an unauthenticated client could crash that one (CVE-2026-6664). */
  pgbouncer: "1.25.2",
  kubernetes: "1.36.3",
  postgresMajor: 18,
} as const;

/**
 * The day the tables below were last held against the projects' announcements, `YYYY-MM-DD`. Components judge ends of life by it,
 * because they know no clock: the same program gives the same warnings.
 */
export const matrixDate = "2026-11-20";

/** PostgreSQL major of an instance that names none. */
export const defaultPostgresMajor: number = pinnedVersions.postgresMajor;

/** One minor series of the operator. */
export interface OperatorSeries {
  /** Major and minor, for example `1.30`. */
  series: string;
  /** Day its support ended, `YYYY-MM-DD`; absent while it is supported. */
  endOfLife?: string;
  /** Kubernetes minors its maintainers support. */
  kubernetes: readonly string[];
  /** Kubernetes minors they test without supporting them. */
  kubernetesTested: readonly string[];
  postgresMajors: readonly number[];
}

/** Operators this package can drive, newest first. Its types are those of 1.30. */
export const operatorSeries: readonly OperatorSeries[] = [
  {
    series: "1.30",
    kubernetes: ["1.34", "1.35", "1.36"],
    kubernetesTested: ["1.30", "1.31", "1.32", "1.33"],
    postgresMajors: [14, 15, 16, 17, 18],
  },
  {
    series: "1.29",
    endOfLife: "2026-09-29",
    kubernetes: ["1.33", "1.34", "1.35"],
    kubernetesTested: ["1.31", "1.32", "1.36"],
    postgresMajors: [14, 15, 16, 17, 18],
  },
];

/** One minor series of the Barman Cloud plugin. */
export interface PluginSeries {
  /** Major and minor, for example `0.14`. */
  series: string;
  /** Oldest operator it works with. */
  operatorAtLeast: string;
}

/** Plugins this package can drive, newest first; 0.11 is the first with default Azure credentials. */
export const pluginSeries: readonly PluginSeries[] = [
  { series: "0.14", operatorAtLeast: "1.26.0" },
  { series: "0.13", operatorAtLeast: "1.26.0" },
  { series: "0.12", operatorAtLeast: "1.26.0" },
  { series: "0.11", operatorAtLeast: "1.26.0" },
];

/** One PostgreSQL major. */
export interface PostgresSeries {
  /** Newest minor with an operand image known to this version of the package. */
  newestMinor: number;
  /** Day of the last community release, `YYYY-MM-DD`. */
  endOfLife: string;
}

/** PostgreSQL majors this package knows. */
export const postgresSeries: Readonly<Record<number, PostgresSeries>> = {
  14: { newestMinor: 24, endOfLife: "2026-11-12" },
  15: { newestMinor: 19, endOfLife: "2027-11-11" },
  16: { newestMinor: 15, endOfLife: "2028-11-09" },
  17: { newestMinor: 11, endOfLife: "2029-11-08" },
  18: { newestMinor: 6, endOfLife: "2030-11-14" },
};

/** Majors in {@link postgresSeries}, oldest first. */
export const postgresMajors: readonly number[] = Object.keys(postgresSeries).map(Number);

/** What is to be run together. */
export interface VersionQuestion {
  /** Operator, for example `1.30.0`; a leading v is allowed. */
  operator: string;
  /** Barman Cloud plugin, for example `0.14.0`; a leading v is allowed. Leave out when it is not installed. */
  plugin?: string;
  /** Kubernetes, for example `1.36.3` or `v1.36`; a vendor's suffix is ignored. */
  kubernetes?: string;
  /** PostgreSQL major, for example 18. */
  postgresMajor?: number;
  /** Day for which ends of life are judged. Not judged when absent: components must not read the clock. */
  today?: Date;
}

/** Sentences; an empty list of errors means the combination may be used. */
export interface VersionAnswer {
  errors: string[];
  warnings: string[];
}

/** Whether operator, plugin, Kubernetes and PostgreSQL fit together: errors for what must be refused, warnings for what ends or is untested. */
export function checkVersions(question: VersionQuestion): VersionAnswer {
  const answer: VersionAnswer = { errors: [], warnings: [] };
  const operator = seriesOf(question.operator);
  if (operator === undefined) {
    answer.errors.push(notAVersion("operator", question.operator, pinnedVersions.operator));
    return answer;
  }
  const known = operatorSeries.find(entry => entry.series === operator);
  judgeOperator(operator, known, question.today, answer);
  if (question.plugin !== undefined) judgePlugin(question.plugin, question.operator, answer);
  if (question.kubernetes !== undefined)
    judgeKubernetes(question.kubernetes, operator, known ?? newestOperator(), answer);
  if (question.postgresMajor !== undefined)
    judgePostgres(question.postgresMajor, operator, known ?? newestOperator(), question.today, answer);
  return answer;
}

function judgeOperator(
  series: string,
  known: OperatorSeries | undefined,
  today: Date | undefined,
  answer: VersionAnswer,
): void {
  if (known === undefined) {
    if (newer(series, newestOperator().series)) {
      answer.warnings.push(
        `CloudNativePG ${series} is newer than the versions this package is tested with (${list(operatorSeries.map(s => s.series))}): it may refuse or ignore what we write.`,
      );
    } else {
      answer.errors.push(
        `CloudNativePG ${series} is too old for this package: use ${pinnedVersions.operator} or another release of ${list(operatorSeries.map(s => s.series))}.`,
      );
    }
  } else if (ended(known.endOfLife, today)) {
    answer.warnings.push(
      `CloudNativePG ${series} has had no fixes since ${known.endOfLife}: upgrade the operator to ${pinnedVersions.operator}.`,
    );
  }
}

function judgePlugin(plugin: string, operator: string, answer: VersionAnswer): void {
  const series = seriesOf(plugin);
  if (series === undefined) {
    answer.errors.push(notAVersion("plugin", plugin, pinnedVersions.plugin));
    return;
  }
  const known = pluginSeries.find(entry => entry.series === series);
  const names = list(pluginSeries.map(s => s.series));
  if (known !== undefined) {
    if (semver.lt(semver.coerce(operator) ?? "0.0.0", known.operatorAtLeast)) {
      answer.errors.push(
        `Barman Cloud plugin ${series} needs CloudNativePG ${known.operatorAtLeast} or newer, not ${operator}: upgrade the operator.`,
      );
    }
  } else if (newer(series, pluginSeries[0]!.series)) {
    answer.warnings.push(
      `Barman Cloud plugin ${series} is newer than the versions this package is tested with (${names}).`,
    );
  } else {
    answer.errors.push(
      `Barman Cloud plugin ${series} is too old for this package: use ${pinnedVersions.plugin} or another release of ${names}.`,
    );
  }
}

function judgeKubernetes(
  kubernetes: string,
  operator: string,
  matrix: OperatorSeries,
  answer: VersionAnswer,
): void {
  const series = seriesOf(kubernetes);
  if (series === undefined) {
    answer.errors.push(notAVersion("Kubernetes", kubernetes, pinnedVersions.kubernetes));
    return;
  }
  if (matrix.kubernetes.includes(series)) return;
  const supported = list(matrix.kubernetes);
  if (matrix.kubernetesTested.includes(series)) {
    answer.warnings.push(
      `Kubernetes ${series} is tested but not supported by CloudNativePG ${operator}: supported are ${supported}.`,
    );
  } else if (newer(series, matrix.kubernetes.at(-1)!)) {
    answer.warnings.push(
      `Kubernetes ${series} is newer than what CloudNativePG ${operator} supports (${supported}).`,
    );
  } else {
    answer.errors.push(
      `Kubernetes ${series} is too old for CloudNativePG ${operator}: upgrade it to one of ${supported}.`,
    );
  }
}

function judgePostgres(
  major: number,
  operator: string,
  matrix: OperatorSeries,
  today: Date | undefined,
  answer: VersionAnswer,
): void {
  const series = postgresSeries[major];
  if (series === undefined || !matrix.postgresMajors.includes(major)) {
    answer.errors.push(
      `PostgreSQL ${major} is not supported by CloudNativePG ${operator}: use one of ${list(matrix.postgresMajors)}.`,
    );
  } else if (ended(series.endOfLife, today)) {
    answer.warnings.push(
      `PostgreSQL ${major} has had no fixes since ${series.endOfLife}: plan a major upgrade to ${pinnedVersions.postgresMajor}.`,
    );
  }
}

/** The series of a version, `1.30` of `v1.30.0`; undefined when the text is no version. */
function seriesOf(version: string): string | undefined {
  const found = /^v?(\d+)\.(\d+)(?:\.\d+)?(?:[-+].*)?$/.exec(version.trim());
  return found === null ? undefined : `${found[1]}.${found[2]}`;
}

function newer(series: string, than: string): boolean {
  return semver.gt(`${series}.0`, `${than}.0`);
}

function newestOperator(): OperatorSeries {
  return operatorSeries[0]!;
}

/** The day itself still counts: fixes may come on it. */
function ended(endOfLife: string | undefined, today: Date | undefined): boolean {
  return endOfLife !== undefined && today !== undefined && today.toISOString().slice(0, 10) > endOfLife;
}

function notAVersion(what: string, value: string, example: string): string {
  return `${JSON.stringify(value)} is not a version of the ${what}: write for example ${example}.`;
}

function list(values: readonly (string | number)[]): string {
  return values.join(", ");
}
