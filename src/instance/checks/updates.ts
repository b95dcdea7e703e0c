import { lagQuantity } from "../../availability/render";
import { instanceCount } from "../../availability/resolve";
import { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../../cnpg/cluster";
import { isPositiveQuantity, parseBytes } from "../../quantity";
import { checkChoice, type Report } from "../../report";
import { type PostgresInstanceArgs, type ProbeArgs, WaitFor } from "../args";

export function checkUpdates(args: PostgresInstanceArgs, report: Report): void {
  checkChoice("primaryUpdateStrategy", args.primaryUpdateStrategy, PrimaryUpdateStrategy, report);
  checkChoice("primaryUpdateMethod", args.primaryUpdateMethod, PrimaryUpdateMethod, report);
  checkChoice("waitFor", args.waitFor, WaitFor, report);
  const single = instanceCount(args) === 1;
  if (single && args.primaryUpdateStrategy === PrimaryUpdateStrategy.Supervised) {
    report(
      "primaryUpdateStrategy",
      args.primaryUpdateStrategy,
      "needs a standby to switch over to.",
      "Set instances to 2 or more.",
    );
  }
  if (single && args.primaryUpdateMethod === PrimaryUpdateMethod.Switchover) {
    report(
      "primaryUpdateMethod",
      args.primaryUpdateMethod,
      "needs a standby to switch over to.",
      "Set instances to 2 or more.",
    );
  }
  for (const probe of ["startup", "readiness"] as const)
    checkProbe(`probes.${probe}`, args.probes?.[probe], report);
}

function checkProbe(path: string, probe: ProbeArgs | undefined, report: Report): void {
  if (probe === undefined) return;
  const types = ["pg_isready", "query", "streaming"];
  if (probe.type !== undefined && !types.includes(probe.type)) {
    report(`${path}.type`, probe.type, "is not a kind of probe.", `Choose one of ${types.join(", ")}.`);
  }
  if (probe.maximumLag !== undefined && probe.type !== "streaming") {
    report(`${path}.maximumLag`, probe.maximumLag, "has no effect.", 'Set type to "streaming".');
  }
  if (probe.maximumLag !== undefined && !isPositiveQuantity(probe.maximumLag)) {
    report(`${path}.maximumLag`, probe.maximumLag, "is not a size.", 'Write a quantity, for example "16Mi".');
  } else if (probe.maximumLag !== undefined && !/^\d+[KMGT]i$/.test(probe.maximumLag)) {
    const bytes = Number(parseBytes(probe.maximumLag));
    report(
      `${path}.maximumLag`,
      probe.maximumLag,
      "is misread by CloudNativePG 1.30, which takes the digits of a quantity and leaves out its suffix unless that is a binary one.",
      `Write "${lagQuantity(bytes)}".`,
    );
  }
  for (const seconds of ["periodSeconds", "timeoutSeconds", "failureThreshold"] as const) {
    const value = probe[seconds];
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      report(`${path}.${seconds}`, value, "is not a whole number of at least 1.");
    }
  }
}
