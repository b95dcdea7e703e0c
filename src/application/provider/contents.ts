import type { ArgumentProblem } from "../../argument-error";
import type { DatabasePlan } from "../plan";

/** Arguments of the provider's `Database`. */
export interface DatabaseArguments {
  name: string;
  owner: string;
  connectionLimit: number;
  template?: string;
  encoding?: string;
  lcCollate?: string;
  lcCtype?: string;
}

/** Arguments of the provider's `Schema`. */
export interface SchemaArguments {
  name: string;
  database: string;
  owner: string;
}

/** Arguments of the provider's `Extension`. */
export interface ExtensionArguments {
  name: string;
  database: string;
}

export function databaseArguments(plan: DatabasePlan): DatabaseArguments {
  const { template, encoding, locale } = plan.locale ?? {};
  return {
    name: plan.database,
    owner: plan.owner,
    connectionLimit: plan.connectionLimit,
    ...(template === undefined ? {} : { template }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(locale === undefined ? {} : { lcCollate: locale, lcCtype: locale }),
  };
}

export function schemaArguments(plan: DatabasePlan): SchemaArguments[] {
  return plan.schemas.map(name => ({ name, database: plan.database, owner: plan.owner }));
}

export function extensionArguments(plan: DatabasePlan): ExtensionArguments[] {
  return plan.extensions.map(name => ({ name, database: plan.database }));
}

/** What of a plan the provider has no property for. Paths are those of the plan. */
export function providerProblems({ locale = {} }: DatabasePlan): Omit<ArgumentProblem, "component">[] {
  const remedy = "Leave it out, or let the operator make the database.";
  const problem = "cannot be said to @pulumi/postgresql.";
  const problems: Omit<ArgumentProblem, "component">[] = [];
  if (locale.icuLocale !== undefined)
    problems.push({ argument: "locale.icuLocale", value: locale.icuLocale, problem, remedy });
  if (locale.localeProvider !== undefined && locale.localeProvider !== "libc")
    problems.push({ argument: "locale.localeProvider", value: locale.localeProvider, problem, remedy });
  return problems;
}
