import { archiveNameForm, isArchiveName } from "../backup/archive/archive-name";
import { readLsn } from "../backup/archive/wal-name";
import { isObjectName } from "../instance/checks/names";
import { nearest } from "../nearest";
import type { RestoreSnapshotsArgs, RestoreSource, RestoreTargetArgs } from "./source-args";
import {
  exclusiveMoments,
  firstTransactionId,
  lastTransactionId,
  maxRestorePointBytes,
  MomentKind,
  momentsOf,
  momentsWithoutBackup,
  readTargetTime,
  readTransactionId,
} from "./target";

/** What is wrong with one argument of a restore. */
export interface RestoreProblem {
  /** Path of the argument below the source, for example `target.time`; empty for the source itself. */
  argument: string;
  value?: unknown;
  /** What is wrong with it, as a sentence. */
  problem: string;
  /** What to do instead, as a sentence. */
  remedy: string;
}

/** What a source is judged in. */
export interface RestoreSurroundings {
  /** The generation that is made from it. */
  generation: string;
  /** All generations of the instance. */
  generations: readonly string[];
  /** Whether the instance has a store of its own. */
  hasStore: boolean;
  /** Name of the archive the generation writes itself; absent when it writes none. */
  archive?: string;
  /** Whether the generation has a WAL volume. */
  hasWalVolume: boolean;
  /** Whether PostgreSQL is stopped while the instance makes snapshots. @default false */
  stopsForSnapshots?: boolean;
}

/** What is wrong with a source; empty when nothing is. Whether the archive holds what it names is known to `restore plan` only. */
export function sourceProblems(source: RestoreSource, around: RestoreSurroundings): RestoreProblem[] {
  return [
    ...unknownMembers(source, sourceMembers, ""),
    ...whichProblems(source),
    ...placeProblems(source, around),
    ...backupProblems(source),
    ...snapshotProblems(source, around),
    ...skewProblems(source, around),
    ...(source.target === undefined ? [] : targetProblems(source.target)),
    ...(source.target === undefined ? [] : combinationProblems(source, source.target)),
  ];
}

const sourceMembers = ["backup", "generation", "archive", "snapshots", "store", "backupId", "target"];
const targetMembers = [...Object.values<string>(MomentKind), "exclusive", "timeline"];
const snapshotMembers = ["storage", "walStorage"];

function unknownMembers(given: object, known: string[], path: string): RestoreProblem[] {
  return Object.keys(given)
    .filter(name => !known.includes(name))
    .map(name => {
      const meant = nearest(name, known);
      return {
        argument: `${path}${name}`,
        problem: "is no argument of a restore.",
        remedy: meant === undefined ? `These are: ${known.join(", ")}.` : `Did you mean ${path}${meant}?`,
      };
    });
}

const ways = ["backup", "generation", "archive", "snapshots"] as const;

/** Exactly one way, but WAL for snapshots comes from an archive. */
function whichProblems(source: RestoreSource): RestoreProblem[] {
  const given = ways.filter(way => source[way] !== undefined);
  const bothArchives = source.generation !== undefined && source.archive !== undefined;
  const walForSnapshots = source.snapshots !== undefined && source.backup === undefined && !bothArchives;
  if (given.length === 1 || (given.length === 2 && walForSnapshots)) return [];
  return [
    given.length === 0
      ? {
          argument: "",
          problem: "names nothing to restore from.",
          remedy: `Give one of ${ways.join(", ")}.`,
        }
      : {
          argument: given[1] ?? "",
          problem: `is given together with ${given.filter(way => way !== given[1]).join(" and ")}.`,
          remedy: "Keep one of them; only the WAL for snapshots comes from a generation or an archive.",
        },
  ];
}

function placeProblems(source: RestoreSource, around: RestoreSurroundings): RestoreProblem[] {
  const { generation, archive, store } = source;
  const problems: RestoreProblem[] = [];
  if (generation !== undefined) problems.push(...generationProblems(generation, around));
  if (archive !== undefined && !isArchiveName(archive)) {
    problems.push({
      argument: "archive",
      value: archive,
      problem: `is not the name of an archive: ${archiveNameForm}.`,
      remedy: 'Write for example "orders-g1", which is the name of the Cluster that wrote it.',
    });
  }
  if (archive !== undefined && archive === around.archive && store === undefined) {
    problems.push({
      argument: "archive",
      value: archive,
      problem:
        "is the archive that this generation would write itself, and an archive belongs to one server.",
      remedy: `Give generation ${around.generation} another name for its own: generations.${around.generation}.archive.`,
    });
  }
  if ((generation !== undefined || archive !== undefined) && store === undefined && !around.hasStore) {
    problems.push({
      argument: "store",
      problem: "is missing, and the instance has no store of its own.",
      remedy: "Name a BackupStore: store: store.reference.",
    });
  }
  return problems;
}

function generationProblems(generation: string, around: RestoreSurroundings): RestoreProblem[] {
  const others = around.generations.filter(number => number !== around.generation);
  if (others.includes(generation)) return [];
  const problem =
    generation === around.generation ? "is the generation that is made." : "is not among the generations.";
  const remedy =
    others.length === 0
      ? "There is no other; name the archive of another instance with archive."
      : `Choose one of ${others.join(", ")}; the archive of one that was dropped is named with archive.`;
  return [{ argument: "generation", value: generation, problem, remedy }];
}

function backupProblems({ backup, backupId, snapshots }: RestoreSource): RestoreProblem[] {
  const problems: RestoreProblem[] = [];
  if (backup !== undefined && !isObjectName(backup)) {
    problems.push({
      argument: "backup",
      value: backup,
      problem: "is not the name of a Backup object.",
      remedy: "pulumi-cnpg backup list shows them; an identifier of the archive is named with backupId.",
    });
  }
  if (backupId !== undefined && !isBackupId(backupId)) {
    problems.push({
      argument: "backupId",
      value: backupId,
      problem: "is not a backup of an archive.",
      remedy:
        'Write it as Barman does, for example "20261120T020003"; the name of a Backup object is named with backup.',
    });
  }
  const other = backup !== undefined ? "backup" : snapshots !== undefined ? "snapshots" : undefined;
  if (backupId !== undefined && other !== undefined) {
    problems.push({
      argument: "backupId",
      value: backupId,
      problem: `is given together with ${other}, which names the backup already.`,
      remedy: "Remove one of the two.",
    });
  }
  return problems;
}

/** Whether a text is a backup as Barman names it: the time of its begin. */
export function isBackupId(text: string): boolean {
  return /^\d{8}T\d{6}$/.test(text);
}

function snapshotProblems(source: RestoreSource, around: RestoreSurroundings): RestoreProblem[] {
  const { snapshots } = source;
  if (snapshots === undefined) return [];
  const { storage, walStorage } = snapshots as Partial<RestoreSnapshotsArgs>;
  const names = Object.entries({ storage, walStorage }).flatMap(([name, value]) =>
    value === undefined || isObjectName(value)
      ? []
      : [
          {
            argument: `snapshots.${name}`,
            value,
            problem: "is not the name of a VolumeSnapshot.",
            remedy: "kubectl get volumesnapshots shows them.",
          },
        ],
  );
  const missing: RestoreProblem[] =
    storage === undefined
      ? [
          {
            argument: "snapshots.storage",
            problem: "is missing.",
            remedy: "Name the VolumeSnapshot of the data volume.",
          },
        ]
      : [];
  return [
    ...unknownMembers(snapshots, snapshotMembers, "snapshots."),
    ...missing,
    ...names,
    ...walVolumeProblems(walStorage, around),
  ];
}

/** CloudNativePG fills a WAL volume from a snapshot too, or not at all. */
function walVolumeProblems(
  walStorage: string | undefined,
  { hasWalVolume }: RestoreSurroundings,
): RestoreProblem[] {
  const argument = "snapshots.walStorage";
  if (walStorage !== undefined && !hasWalVolume) {
    return [
      {
        argument,
        value: walStorage,
        problem: "needs a WAL volume, and the generation has none.",
        remedy: "Set walStorage of the instance or the generation.",
      },
    ];
  }
  if (walStorage !== undefined || !hasWalVolume) return [];
  return [
    {
      argument,
      problem: "is missing, and the generation has a WAL volume.",
      remedy:
        "Name the VolumeSnapshot of the WAL volume; without one, make the generation without walStorage.",
    },
  ];
}

/**
 * Snapshots of two volumes of a running server are of two moments: where that of the WAL is the older one, the server does not start, or starts
 * with pages that it has no WAL of. With the archive, replay begins at the begin of the backup and ends behind its end.
 */
function skewProblems(source: RestoreSource, around: RestoreSurroundings): RestoreProblem[] {
  const { backup, snapshots, generation, archive } = source;
  const ofTwoVolumes = backup !== undefined || snapshots?.walStorage !== undefined;
  const hasArchive = generation !== undefined || archive !== undefined;
  if (!around.hasWalVolume || around.stopsForSnapshots === true || !ofTwoVolumes || hasArchive) return [];
  const problem =
    "fills two volumes, whose snapshots are of two moments: only WAL from the archive makes one moment of them.";
  return backup === undefined
    ? [
        {
          argument: "snapshots",
          problem,
          remedy: "Name the archive it is read from with generation or archive.",
        },
      ]
    : [
        {
          argument: "backup",
          value: backup,
          problem,
          remedy:
            "pulumi-cnpg backup describe names its snapshots: give them as snapshots: { storage, walStorage }, and the archive with generation or archive.",
        },
      ];
}

/** What is wrong with a target by itself; paths begin with `target`. */
export function targetProblems(target: RestoreTargetArgs): RestoreProblem[] {
  return [
    ...unknownMembers(target, targetMembers, "target."),
    ...momentProblems(target),
    ...formProblems(target),
    ...timelineProblems(target),
  ];
}

function momentProblems(target: RestoreTargetArgs): RestoreProblem[] {
  const given = momentsOf(target);
  const [first, second] = given;
  const problems: RestoreProblem[] = [];
  if (first === undefined) {
    problems.push({
      argument: "target",
      problem: "names no moment.",
      remedy: `Give one of ${Object.values(MomentKind).join(", ")}.`,
    });
  } else if (second !== undefined) {
    problems.push({
      argument: `target.${second}`,
      problem: `is given together with ${given.filter(kind => kind !== second).join(" and ")}.`,
      remedy: "Replay stops at one moment: keep one of them.",
    });
  }
  if (target.exclusive === true && !given.some(kind => exclusiveMoments.includes(kind))) {
    problems.push({
      argument: "target.exclusive",
      value: true,
      problem: "has no effect.",
      remedy: `Replay can stop right before ${exclusiveMoments.join(", ")} only; remove it.`,
    });
  }
  return problems;
}

/** Each form, what is wrong with a text that has not got it, and a text that has. */
const forms: [
  kind: "time" | "transactionId" | "restorePoint" | "lsn",
  isGood: (text: string) => boolean,
  problem: string,
  remedy: string,
][] = [
  [
    MomentKind.Time,
    text => readTargetTime(text) !== undefined,
    "is not a time with its zone.",
    'Write for example "2026-11-20T14:30:00+01:00" or "2026-11-20T13:30:00Z".',
  ],
  [
    MomentKind.TransactionId,
    text => readTransactionId(text) !== undefined,
    `is not a transaction id from ${firstTransactionId} to ${lastTransactionId}.`,
    "txid_current() without its epoch is one: the remainder of a division by 4294967296.",
  ],
  [
    MomentKind.RestorePoint,
    isRestorePoint,
    `is not a name of 1 to ${maxRestorePointBytes} bytes without control characters.`,
    "Write the name that was given to pg_create_restore_point.",
  ],
  [
    MomentKind.Lsn,
    text => readLsn(text) !== undefined,
    "is not a position in the WAL.",
    'Write it as pg_current_wal_lsn() does, for example "0/5000028".',
  ],
];

function formProblems(target: RestoreTargetArgs): RestoreProblem[] {
  return forms.flatMap(([kind, isGood, problem, remedy]) => {
    const value: unknown = target[kind];
    const isWrong = value !== undefined && !(typeof value === "string" && isGood(value));
    return isWrong ? [{ argument: `target.${kind}`, value, problem, remedy }] : [];
  });
}

function isRestorePoint(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  // eslint-disable-next-line no-control-regex -- these are what it looks for
  return bytes >= 1 && bytes <= maxRestorePointBytes && !/[\u0000-\u001f\u007f]/.test(text);
}

function timelineProblems({ timeline }: RestoreTargetArgs): RestoreProblem[] {
  const number = typeof timeline === "string" && /^[1-9]\d{0,9}$/.test(timeline) ? Number(timeline) : 0;
  if (timeline === undefined || timeline === "latest" || (number >= 1 && number < 2 ** 31)) return [];
  return [
    {
      argument: "target.timeline",
      value: timeline,
      problem: "is not a timeline.",
      remedy: 'Write "latest", or a number such as "2".',
    },
  ];
}

/** What does not go together: a target and the way to it. */
function combinationProblems(source: RestoreSource, target: RestoreTargetArgs): RestoreProblem[] {
  const [kind] = momentsOf(target);
  const { backup, backupId, snapshots, generation, archive } = source;
  if (snapshots !== undefined && generation === undefined && archive === undefined) {
    return [
      {
        argument: "target",
        problem: "needs WAL, and snapshots alone have none.",
        remedy: "Name the archive it is read from with generation or archive, or remove the target.",
      },
    ];
  }
  const isNamed = backup !== undefined || backupId !== undefined || snapshots !== undefined;
  if (kind === undefined || isNamed || !momentsWithoutBackup.includes(kind)) return [];
  return [
    {
      argument: "backupId",
      problem: `is missing: from target.${kind} nobody can tell which base backup comes before it.`,
      remedy: "pulumi-cnpg restore plan finds it and writes it into the arguments.",
    },
  ];
}
