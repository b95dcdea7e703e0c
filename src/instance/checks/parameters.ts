import { fixedParameters } from "../../parameters/fixed";
import type { PostgresInstanceArgs } from "../args";
import type { Report } from "./report";

export function checkParameters(args: PostgresInstanceArgs, report: Report): void {
  for (const [name, value] of Object.entries(args.parameters ?? {})) {
    const remedy = fixedParameters.get(name);
    if (remedy !== undefined) report(`parameters.${name}`, value, "is set by CloudNativePG.", remedy);
    else if (!/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)*$/.test(name)) {
      report(`parameters.${name}`, value, "is not the name of a parameter.");
    }
    if (typeof value !== "string") {
      report(`parameters.${name}`, value, "is not a string.", `Write "${String(value)}" in quotes.`);
    }
  }
}
