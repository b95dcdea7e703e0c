import { instanceCount } from "../../availability/resolve";
import { longestReason, longestSyncTimeout } from "../../failover/options";
import type { FailoverTriggerArgs } from "../../failover/args";
import { FailoverMode, OldPrimaryAction } from "../../failover/request";
import { checkChoice, type Report } from "../../report";
import type { PostgresInstanceArgs } from "../args";
import { clusterName } from "../names";
import { activeGeneration } from "../resolve";

const longestId = 100;

/** @param name name of the instance */
export function checkFailover(name: string, args: PostgresInstanceArgs, report: Report): void {
  const { trigger } = args.failover ?? {};
  if (trigger === undefined) return;
  if (instanceCount(args) === 1) {
    report(
      "failover.trigger",
      trigger.id,
      "needs a standby to switch over to.",
      "Set instances to 2 or more.",
    );
  }
  checkTrigger(trigger, report);
  const cluster = clusterName(name, activeGeneration(args) ?? "1");
  const target = trigger.targetReplicaId;
  if (target !== undefined && !new RegExp(`^${cluster}-[1-9]\\d*$`).test(target)) {
    report(
      "failover.trigger.targetReplicaId",
      target,
      `is not the name of a server of Cluster ${cluster}.`,
      `Name one as pulumi-cnpg failover plan ${name} shows it, for example "${cluster}-2".`,
    );
  }
}

function checkTrigger(trigger: FailoverTriggerArgs, report: Report): void {
  const { id, mode, oldPrimaryAction, waitForSync, syncTimeout, maxLagBytes, reason } = trigger;
  if (id.trim() === "" || id.length > longestId) {
    report("failover.trigger.id", id, `must have 1 to ${longestId} characters.`);
  }
  checkChoice("failover.trigger.mode", mode, FailoverMode, report);
  checkChoice("failover.trigger.oldPrimaryAction", oldPrimaryAction, OldPrimaryAction, report);
  if (mode === FailoverMode.Forced && waitForSync === true) {
    report(
      "failover.trigger.waitForSync",
      waitForSync,
      "is for mode planned: a failed primary cannot be caught up with.",
      "Leave it out.",
    );
  }
  checkWhole("failover.trigger.syncTimeout", syncTimeout, 1, longestSyncTimeout, report);
  checkWhole("failover.trigger.maxLagBytes", maxLagBytes, 0, Number.MAX_SAFE_INTEGER, report);
  if (reason !== undefined && (reason === "" || reason.length > longestReason)) {
    report("failover.trigger.reason", reason, `must have 1 to ${longestReason} characters.`);
  }
}

function checkWhole(
  path: string,
  value: number | undefined,
  least: number,
  most: number,
  report: Report,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  report(path, value, `must be a whole number from ${least} to ${most}.`);
}
