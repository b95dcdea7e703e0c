import * as pulumi from "@pulumi/pulumi";
import { takesHooks } from "../../instance/record";
import { defaultTimeZone, type RetentionTiersArgs } from "../retention-policy";
import { tiersOf } from "../tiers";
import type { ResolvedBackupSchedule } from "./resolve";

/** What an update needs to know of the arguments of the one before. */
export interface BackupScheduleRecord {
  tiers: RetentionTiersArgs;
  /** Whether there are base backups by the clock. */
  full: boolean;
  /** Names of the dumps. */
  dumps: string[];
}

export function backupScheduleRecord({ tiers, full, dumps }: ResolvedBackupSchedule): BackupScheduleRecord {
  return { tiers, full: full.length > 0, dumps: dumps.map(({ name }) => name) };
}

/** What a change gives up, as sentences. */
export function scheduleChanges(before: BackupScheduleRecord, now: BackupScheduleRecord): string[] {
  const [old, wanted] = [tiersOf(before.tiers), tiersOf(now.tiers)];
  const shorter = old.flatMap((tier, index) => {
    const length = wanted[index]?.length ?? 0;
    if (length >= tier.length) return [];
    const what = length === 0 ? "is switched off" : `is shortened from ${tier.length} to ${length}`;
    return [
      `The ${tier.name} tier ${what}: the next run of retention releases the marks of its base backups, which Barman then deletes, and prunes its snapshots and dumps, for good.`,
    ];
  });
  const zone = (tiers: RetentionTiersArgs): string => tiers.timeZone ?? defaultTimeZone;
  const moved =
    zone(before.tiers) !== zone(now.tiers) && old.some(({ length }) => length > 0)
      ? [
          `The tiers count in ${zone(now.tiers)} in place of ${zone(before.tiers)}: points are chosen anew, and those that are none any more are given up.`,
        ]
      : [];
  const stopped =
    before.full && !now.full
      ? ["Base backups are no longer taken by the clock: every restore begins with an older and older one."]
      : [];
  const gone = before.dumps
    .filter(name => !now.dumps.includes(name))
    .map(name => `dumps.${name} is gone: its dumps stay where they are, and none are added.`);
  return [...shorter, ...moved, ...stopped, ...gone];
}

/** Keeps the arguments of this update for the next one, and says what a change gives up. */
export function makeRecord(
  name: string,
  schedule: ResolvedBackupSchedule,
  parent: pulumi.Resource,
  dependsOn: pulumi.ResourceOptions["dependsOn"],
): pulumi.Resource {
  return new pulumi.Stash(
    `${name}-record`,
    { input: backupScheduleRecord(schedule) },
    {
      parent,
      dependsOn,
      protect: false,
      retainOnDelete: false,
      hooks: takesHooks() ? { beforeUpdate: [comparison(name, parent)] } : undefined,
    },
  );
}

function comparison(name: string, parent: pulumi.Resource): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    `${name}-compare-with-previous-schedule`,
    hook => {
      const before = (hook.oldInputs as { input: BackupScheduleRecord }).input;
      const now = (hook.newInputs as { input: BackupScheduleRecord }).input;
      for (const line of scheduleChanges(before, now)) void pulumi.log.warn(line, parent);
    },
    { onDryRun: true },
  );
}
