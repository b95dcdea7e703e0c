import { describeBudget } from "../parameters/budget";
import { confValue } from "../parameters/conf-value";
import type { JudgedParameters } from "../parameters/judge";

/** The data of a profile's ConfigMap: for tools as JSON, for people as a commented configuration file. */
export function profileData(judged: JudgedParameters): Record<string, string> {
  return {
    "parameters.json": json(judged.parameters),
    "explanation.json": json(judged.explanation),
    "memory-budget.json": json(judged.budget),
    "postgresql.conf": configurationFile(judged),
  };
}

/** The parameters as lines of a configuration file, each with its reason. */
export function configurationFile(judged: JudgedParameters): string {
  const budget = describeBudget(judged.budget).map(line => `# ${line}\n`);
  const lines = Object.entries(judged.parameters).map(([name, value]) => {
    const reason = judged.explanation[name]?.reason;
    return `${name} = ${confValue(value)}${reason === undefined ? "" : `  # ${reason}`}\n`;
  });
  return [...budget, "\n", ...lines].join("");
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
