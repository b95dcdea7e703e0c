import { amountText, MiB, settingText } from "../amount";
import { anyGiven, type ConflictRule, exceeds, firstGiven } from "./rule";

const sizes = ["min_wal_size", "max_wal_size"] as const;

/** CloudNativePG's admission demands min_wal_size < max_wal_size < volume. */
const order: ConflictRule = values => {
  const [least, most] = [values.bytes("min_wal_size"), values.bytes("max_wal_size")];
  if (least === undefined || most === undefined || least < most) return [];
  return [
    values.refused(firstGiven(values, ["min_wal_size", "max_wal_size"]), {
      problem: `does not fit: ${values.named("min_wal_size")} has to be below ${values.named("max_wal_size")}.`,
      remedy: "Write a quarter of max_wal_size as min_wal_size.",
    }),
  ];
};

const volume: ConflictRule = values => {
  const { walVolume, separateWal } = values.around;
  if (walVolume === undefined) return [];
  const kind = separateWal === true ? "WAL volume" : "data volume, on which WAL is";
  return sizes
    .filter(name => values.isGiven(name) && !exceeds(walVolume, values.bytes(name)))
    .map(name =>
      values.refused(name, {
        problem: `does not fit on the ${kind} (${amountText(walVolume)}).`,
        remedy: `Write at most ${wholeMegabytes(0.4 * walVolume)}, 40 % of it, or enlarge the volume.`,
      }),
    );
};

/** Share of the volume that WAL may be planned to take. */
const mostWal = 0.8;

/** WAL kept between checkpoints, for standbys and for slots adds up. */
const kept: ConflictRule = values => {
  const { walVolume } = values.around;
  const names = ["max_wal_size", "wal_keep_size", "max_slot_wal_keep_size"] as const;
  if (walVolume === undefined) return [];
  // A size that does not fit by itself is refused already.
  if (values.isGiven("max_wal_size") && !exceeds(walVolume, values.bytes("max_wal_size"))) return [];
  const known = names.filter(name => values.bytes(name) !== undefined);
  const sum = known.reduce((total, name) => total + (values.bytes(name) ?? 0), 0);
  if (sum < mostWal * walVolume) return [];
  return [
    values.warning(firstGiven(values, names), {
      problem: `can fill the volume: ${known.map(name => values.named(name)).join(" + ")} is ${amountText(sum)}, more than 80 % of ${amountText(walVolume)}.`,
      remedy: "Lower one of them or enlarge the volume: a server without room for WAL stops.",
    }),
  ];
};

/** A standby or subscriber that stays away holds WAL by its slot. */
const slots: ConflictRule = values => {
  const { walVolume, instances = 1 } = values.around;
  if (walVolume === undefined || instances < 2 || values.number("max_slot_wal_keep_size") !== -1) return [];
  return [
    values.warning("max_slot_wal_keep_size", {
      problem: "is without limit: a standby or subscriber that stays away fills the volume with WAL.",
      remedy: `Write for example ${wholeMegabytes(0.3 * walVolume)}, 30 % of the volume.`,
    }),
  ];
};

/** The server does not start with less than two segments. */
const segments: ConflictRule = values => {
  const { walSegment = 16 * MiB } = values.around;
  return sizes
    .filter(name => exceeds(2 * walSegment, values.bytes(name)))
    .map(name =>
      values.refused(name, {
        problem: `is less than two segments of WAL (${settingText(2 * walSegment)}): the server would not start.`,
        remedy: `Write at least ${settingText(2 * walSegment)}.`,
      }),
    );
};

const minimal: ConflictRule = values => {
  const { instances = 1, archiving = true } = values.around;
  if (values.setting("wal_level") !== "minimal") return [];
  const needs = [
    ...(instances > 1 ? ["standbys"] : []),
    ...(archiving ? ["archiving"] : []),
    ...(values.text("max_wal_senders") === "0" ? [] : [values.named("max_wal_senders")]),
    ...(values.isOn("summarize_wal") === true ? ["summarize_wal"] : []),
  ];
  if (needs.length === 0) return [];
  return [
    values.refused("wal_level", {
      problem: `leaves out of WAL what the server needs for: ${needs.join(", ")}.`,
      remedy: "Write replica or logical.",
    }),
  ];
};

const withoutLogical: ConflictRule = values =>
  values.setting("wal_level") !== "replica"
    ? []
    : [
        values.warning("wal_level", {
          problem:
            "has no logical decoding: publications send nothing, and slots are not synchronized to standbys.",
          remedy:
            "Write logical, CloudNativePG's default, if any of it is used; the change restarts the servers.",
        }),
      ];

/** CloudNativePG's admission demands hints for pg_rewind. */
const hints: ConflictRule = values =>
  values.isOn("wal_log_hints") !== false || (values.around.instances ?? 1) < 2
    ? []
    : [
        values.refused("wal_log_hints", {
          problem:
            "is off, but a former primary can rejoin as a standby only with it; CloudNativePG refuses it.",
          remedy: "Leave it out.",
        }),
      ];

/** Seconds below which the segments of an idle server become many. */
const leastArchiveTimeout = 60;

const archiving: ConflictRule = values => {
  if (values.around.archiving === false) return [];
  const seconds = values.number("archive_timeout");
  if (seconds === 0) {
    return [
      values.warning("archive_timeout", {
        problem: "is off: a quiet server archives nothing, so that a restore can miss hours.",
        remedy: "Write 5min, CloudNativePG's default.",
      }),
    ];
  }
  if (seconds === undefined || seconds >= leastArchiveTimeout) return [];
  const { walSegment = 16 * MiB } = values.around;
  const perDay = amountText((86_400 / seconds) * walSegment);
  return [
    values.warning("archive_timeout", {
      problem: `archives a whole segment every ${values.shown("archive_timeout")}: up to ${perDay} a day before compression.`,
      remedy: "Write 1min or more.",
    }),
  ];
};

/** The archiver stops when it has both a command, which CloudNativePG always sets, and a library. */
const archiveLibrary: ConflictRule = values =>
  (values.setting("archive_library") ?? "") === "" || values.around.archiving === false
    ? []
    : [
        values.refused("archive_library", {
          problem:
            "cannot be used beside archive_command, which CloudNativePG sets: nothing would be archived.",
          remedy: "Leave it out.",
        }),
      ];

const seconds = { fiveMinutes: 300, hour: 3600 } as const;

const checkpoints: ConflictRule = values => {
  const timeout = values.number("checkpoint_timeout");
  if (timeout === undefined || timeout <= seconds.hour) return [];
  return [
    values.warning("checkpoint_timeout", {
      problem:
        "is long: after a crash the server replays all WAL since the last checkpoint before it serves.",
      remedy: "Write 15min to 1h.",
    }),
  ];
};

const timeouts: ConflictRule = values =>
  (["wal_sender_timeout", "wal_receiver_timeout"] as const).flatMap(name => {
    const milliseconds = values.number(name);
    if (!anyGiven(values, [name]) || milliseconds === undefined) return [];
    if (milliseconds === 0) {
      const problem = "is off: a dead connection is noticed by the kernel only, after many minutes.";
      return [values.warning(name, { problem, remedy: "Write 5s, CloudNativePG's default." })];
    }
    if (milliseconds > 1000 * seconds.fiveMinutes) {
      const problem = "is long: a standby that has gone is noticed late.";
      return [values.warning(name, { problem, remedy: "Write 5s to 1min." })];
    }
    if (milliseconds >= 1000) return [];
    const problem = "is below a second: a short stall breaks replication off.";
    return [values.warning(name, { problem, remedy: "Write 5s, CloudNativePG's default." })];
  });

function wholeMegabytes(bytes: number): string {
  return settingText(Math.floor(bytes / MiB) * MiB);
}

/** About writing, keeping and archiving WAL. */
export const walRules: readonly ConflictRule[] = [
  order,
  volume,
  kept,
  slots,
  segments,
  minimal,
  withoutLogical,
  hints,
  archiving,
  archiveLibrary,
  checkpoints,
  timeouts,
];
