import type { PostgresInstanceArgs } from "../args";
import type { Report } from "./report";

export function checkRemoval(name: string, args: PostgresInstanceArgs, report: Report): void {
  if (args.deletion !== undefined && args.deletion.confirm !== name) {
    report(
      "deletion.confirm",
      args.deletion.confirm,
      "does not repeat the name of the instance.",
      `Write "${name}" to delete its data.`,
    );
  }
}
