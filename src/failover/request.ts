/** Whether the primary takes part in handing over. */
export const FailoverMode = {
  /**
   * A switchover: the primary ends its sessions, writes a last checkpoint, sends all its WAL and stops, then the standby is promoted. Nothing
   * is lost. Refused without a healthy primary.
   */
  Planned: "planned",
  /**
   * A failover without the primary's help: its server is stopped at once and the standby is promoted with what it has. What was not
   * sent by then is lost; the record says how much.
   */
  Forced: "forced",
} as const;
export type FailoverMode = (typeof FailoverMode)[keyof typeof FailoverMode];

/** What becomes of the former primary. */
export const OldPrimaryAction = {
  /** It follows the new primary as a standby. */
  ConvertToReplica: "convertToReplica",
  /** Its server stays stopped (fenced), pod and volumes stay, for somebody to look at. One standby less until the fence is lifted. */
  StopAndRetain: "stopAndRetain",
  /** Its volumes are deleted and cloned anew from the new primary. The number of instances stays. */
  Terminate: "terminate",
} as const;
export type OldPrimaryAction = (typeof OldPrimaryAction)[keyof typeof OldPrimaryAction];

/** How a switchover or failover is done. */
export interface FailoverOptions {
  /**
   * Name of the standby that becomes primary, as `pulumi-cnpg replica list` shows it.
   * @default the best one: healthy, most advanced, in another zone than a failed primary
   * @example "orders-g1-2"
   */
  targetReplicaId?: string;
  /** @default "planned" */
  mode?: FailoverMode;
  /** Begin only when the standby has replayed what the primary had written when it was asked. Only with mode `planned`. @default true */
  waitForSync?: boolean;
  /** Seconds to wait for that; then it ends as failed with nothing changed. 1 to 3600. @default 300 */
  syncTimeout?: number;
  /** @default "convertToReplica" */
  oldPrimaryAction?: OldPrimaryAction;
  /** Largest lag the standby may have at the beginning, bytes; above it the request is refused. @default any with `waitForSync`, else 16777216 */
  maxLagBytes?: number;
  /** Why, for the record and the Event. At most 200 characters. @example "node maintenance" */
  reason?: string;
}

/** Which instance fails over, and how. */
export interface FailoverRequest extends FailoverOptions {
  /** @default "default" */
  namespace: string;
  /** Name of the PostgresInstance. */
  instance: string;
}
