import * as pulumi from "@pulumi/pulumi";
import type { InstanceReference } from "../../instance/reference";
import type { Manifest } from "../../cnpg/object";
import type { DrillArgs } from "../drill/args";
import type { RetentionPolicyArgs } from "../retention-policy";
import { announcements } from "./announce";
import type { BackupScheduleArgs } from "./args";
import { type Account, ScheduleChildren } from "./children";
import { makeDumpLogin } from "./dump-login";
import type { BackupScheduleNames } from "./names";
import { makeRecord } from "./record";
import * as render from "./render";
import { type ResolvedBackupSchedule, resolveBackupSchedule } from "./resolve";
import { backupScheduleWarnings, checkReference, validateBackupSchedule } from "./validate";

/** Options of {@link BackupSchedule}. */
export interface BackupScheduleOptions extends pulumi.ComponentResourceOptions {
  /** Tells what "next" is when a preview names the next runs. Nothing else depends on it. @default the time of the run */
  clock?: () => Date;
}

/**
 * Backups of an instance by the clock: base backups, incremental backups and logical dumps, each checked after it was taken, and retention
 * with tiers beyond the recovery window of the store. A preview names the next three runs of each.
 *
 * @example
 * const store = new BackupStore("backups", { azure: { account: "shop", container: "backups" } });
 * const orders = new PostgresInstance("orders", { backup: { store: store.reference } });
 * new BackupSchedule("orders", { instance: orders.reference, retention: { monthlyRetentionMonths: 12 } });
 */
export class BackupSchedule extends pulumi.ComponentResource {
  /** The schedules as they are written into Kubernetes, by entry: six fields of full ones, five of others; dumps begin with `dump-`. */
  public readonly schedules: pulumi.Output<Record<string, string>>;
  /** How long backups are kept: the recovery window of the store, and the tiers. */
  public readonly retention: pulumi.Output<RetentionPolicyArgs>;
  /** Names of what is made in Kubernetes. */
  public readonly names: pulumi.Output<BackupScheduleNames>;

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: BackupScheduleArgs, opts?: BackupScheduleOptions) {
    validateBackupSchedule(name, args);
    const { clock = () => new Date(), ...options } = opts ?? {};
    super("pulumi-cnpg:index:BackupSchedule", name, {}, options);
    for (const warning of backupScheduleWarnings(args)) void pulumi.log.warn(warning, this);
    const schedule = resolveBackupSchedule(args);
    const context = pulumi
      .output(args.instance as pulumi.Input<InstanceReference>)
      .apply(reference => checkReference(name, schedule, reference))
      .apply(reference => render.scheduleContext(args, schedule, reference));
    if (pulumi.runtime.isDryRun()) this.#announce(context, clock);

    makeRecord(name, schedule, this, options.dependsOn);
    const children = new ScheduleChildren(name, this, options.dependsOn, context);
    if (schedule.needsStore) makeBackups(children, schedule);
    if (schedule.dumps.length > 0) makeDumps(children, schedule);
    if (schedule.drill !== undefined) makeDrill(children, schedule.drill);

    this.schedules = context.apply(writtenSchedules);
    this.retention = context.apply(render.retentionPolicy);
    this.names = context.apply(({ names }) => names);
    this.registerOutputs({ schedules: this.schedules, retention: this.retention, names: this.names });
  }

  #announce(context: pulumi.Output<render.ScheduleContext>, clock: () => Date): void {
    context.apply(known => {
      for (const line of announcements(known, clock())) void pulumi.log.info(line, this);
    });
  }
}

/** Full and incremental backups, their checks, and retention. */
function makeBackups(children: ScheduleChildren, { full, incremental }: ResolvedBackupSchedule): void {
  const account = children.account("backups", context => render.accounts(context).keeper);
  children.cronJob("backups", render.keeper, account);
  for (const entry of full)
    children.custom(entry.name, "ScheduledBackup", context => render.scheduledBackup(context, entry));
  for (const entry of incremental)
    children.cronJob(entry.name, context => render.incrementalBackup(context, entry), account);
}

/** Logical dumps, and what restores them. */
function makeDumps(children: ScheduleChildren, { dumps }: ResolvedBackupSchedule): void {
  const login = makeDumpLogin(children);
  const account: Account = children.account("dumps", context => render.accounts(context).dumps);
  const claims = dumps
    .filter(({ volume }) => volume !== undefined && volume.claim === undefined)
    .map(entry => children.claim(`dump-${entry.name}`, context => render.volumeClaim(context, entry)));
  for (const entry of dumps)
    children.cronJob(`dump-${entry.name}`, context => render.dump(context, entry), [
      ...account,
      ...login,
      ...claims,
    ]);
  const restorer = children.account("dump-restore", context => render.accounts(context).dumpRestore);
  children.cronJob("dump-restore", render.dumpRestore, [...restorer, ...claims]);
}

/** Restore drills. What they found belongs to them. */
function makeDrill(children: ScheduleChildren, { alerts }: DrillArgs): void {
  const account = children.account("drill", context => {
    const { serviceAccount, role, binding } = render.drill(context);
    return { serviceAccount, role, binding } as render.Account;
  });
  const binding = children.binding("drill-archive", context => render.drill(context).archiveBinding);
  const found = { ignoreChanges: ["data"] };
  const history = children.configMap("drill-history", context => render.drill(context).history, found);
  const metric = children.configMap("drill-metric", context => render.drill(context).metric, found);
  children.cronJob("drill", context => render.drill(context).cronJob, [...account, binding, history, metric]);
  if (alerts === true)
    children.custom("drill-alerts", "PrometheusRule", context => render.drill(context).alerts as Manifest, {
      apiVersion: "monitoring.coreos.com/v1",
    });
}

function writtenSchedules(context: render.ScheduleContext): Record<string, string> {
  const { full, incremental, dumps } = context.schedule;
  const fields = (manifest: object): string => (manifest as { spec: { schedule: string } }).spec.schedule;
  return Object.fromEntries([
    ...full.map(entry => [entry.name, fields(render.scheduledBackup(context, entry))]),
    ...incremental.map(entry => [entry.name, fields(render.incrementalBackup(context, entry))]),
    ...dumps.map(entry => [`dump-${entry.name}`, fields(render.dump(context, entry))]),
  ] as [string, string][]);
}
