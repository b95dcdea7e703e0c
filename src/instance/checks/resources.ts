import { compareQuantities, isPositiveQuantity } from "../../quantity";
import { checkChoice, type Report } from "../../report";
import { InstanceSize, type PostgresInstanceArgs } from "../args";
import { sizes } from "../resolve";

export function checkResources(args: PostgresInstanceArgs, report: Report): void {
  if (args.instances !== undefined && !(Number.isInteger(args.instances) && args.instances >= 1)) {
    report(
      "instances",
      args.instances,
      "is not a whole number of at least 1.",
      "To stop an instance and keep its data, set hibernated: true.",
    );
  }
  checkChoice("size", args.size, InstanceSize, report);
  const preset = sizes[args.size ?? InstanceSize.Small] ?? sizes[InstanceSize.Small];
  for (const kind of ["cpu", "memory"] as const) {
    const limit = args.resources?.[kind];
    const request = args.resources?.requests?.[kind];
    const bad = (value: string | undefined): boolean => value !== undefined && !isPositiveQuantity(value);
    const example = kind === "cpu" ? '"500m" or "2"' : '"2Gi"';
    if (bad(limit))
      report(
        `resources.${kind}`,
        limit,
        "is not a quantity greater than zero.",
        `Write for example ${example}.`,
      );
    if (bad(request))
      report(
        `resources.requests.${kind}`,
        request,
        "is not a quantity greater than zero.",
        `Write for example ${example}.`,
      );
    if (request === undefined || bad(request) || bad(limit)) continue;
    const effective = limit ?? preset[kind];
    if (compareQuantities(request, effective) > 0) {
      report(
        `resources.requests.${kind}`,
        request,
        `is above the limit of ${effective}.`,
        `Raise resources.${kind} or lower the request.`,
      );
    }
  }
  if (args.readyTimeout !== undefined && !(args.readyTimeout >= 30)) {
    report(
      "readyTimeout",
      args.readyTimeout,
      "is below 30 seconds.",
      "The default is 300, and 120 more for each standby.",
    );
  }
  if (
    args.smartShutdownTimeout !== undefined &&
    !(Number.isInteger(args.smartShutdownTimeout) && args.smartShutdownTimeout >= 0)
  ) {
    report("smartShutdownTimeout", args.smartShutdownTimeout, "is not a number of seconds.");
  }
}
