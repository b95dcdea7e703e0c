import type { ArgumentProblem } from "../../argument-error";
import { isPlain } from "../../leaf";
import type { Report } from "../../report";
import { serviceSheet } from "../../sheet/compute";
import { limitProblems } from "../../sheet/limits";
import { leastStore, type SheetStore, sheetStore } from "../../sheet/store";
import { checkSheetArgs } from "../../sheet/validate";
import type { PostgresInstanceArgs } from "../args";
import { resolveInstance } from "../resolve";

/** The arguments of the sheet itself. */
export function checkSheet({ sheet }: PostgresInstanceArgs, report: Report): void {
  if (sheet === undefined) return;
  checkSheetArgs(sheet, (argument, ...rest) => report(`sheet.${argument}`, ...rest));
}

/** What is beyond the limits of the sheet. The arguments must be right otherwise. */
export function checkSheetLimits(resource: string, args: PostgresInstanceArgs, report: Report): void {
  const store = args.backup?.store;
  const known = store === undefined ? undefined : isPlain(store) ? sheetStore(store) : leastStore;
  for (const { argument, value, problem, remedy } of sheetLimitProblems(resource, args, known))
    report(argument, value, problem, remedy);
}

/** What of the limits is not kept, with the store as far as it is known. */
export function sheetLimitProblems(
  resource: string,
  args: PostgresInstanceArgs,
  store: SheetStore | undefined,
): ArgumentProblem[] {
  const { limits } = args.sheet ?? {};
  if (limits === undefined) return [];
  const sheet = serviceSheet({ instance: resolveInstance(resource, args), args, store });
  return limitProblems(sheet, limits).map(({ argument, ...rest }) => ({
    component: "PostgresInstance",
    resource,
    argument: `sheet.limits.${argument}`,
    ...rest,
  }));
}
