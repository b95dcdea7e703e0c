import { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../cnpg/cluster";
import { own } from "../own";
import { findDefinition, loadCatalogue } from "./catalogue";
import { type ParameterFinding, ParameterRule, Severity } from "./finding";
import type { ComparedParameters, ParameterChange } from "./parameter-change";
import type { ServerFacts } from "./server-facts";

/** A change of parameters, with all that its rules look at. */
export interface JudgedChange extends ComparedParameters {
  before: ServerFacts;
  after: ServerFacts;
  /** Whether restarts wait for a time of their own. */
  held: boolean;
  /** Parameters whose change restarts servers now. */
  restartsNow: string[];
}

/** What cannot be done in this way, then what can go wrong. */
export function changeProblems(change: JudgedChange): ParameterFinding[] {
  const always = [walLevelToMinimal, imageAndParameters, heldUpgrade];
  // An upgrade stops every server and makes the standbys anew.
  const upgrade = change.before.major !== change.after.major;
  const restarting = upgrade
    ? []
    : [loweredUnderSupervision, loweredWithRollout, raisedAndLowered, librariesNotHeld, tooFewPlaces];
  const findings = [...always, ...restarting].flatMap(rule => rule(change));
  const refused = findings.filter(({ severity }) => severity === Severity.Refused);
  return [...refused, ...findings.filter(({ severity }) => severity !== Severity.Refused)];
}

function conflict(
  severity: Severity,
  change: Pick<ParameterChange, "name" | "after">,
  problem: string,
  remedy: string,
): ParameterFinding {
  const { name, after } = change;
  const value = after === undefined ? {} : { value: after };
  return { severity, rule: ParameterRule.Conflict, parameter: name, ...value, problem, remedy };
}

/** A standby does not start with less than its primary had; cloudnative-pg#10716. */
function loweredUnderSupervision({ changes, after }: JudgedChange): ParameterFinding[] {
  if (after.primaryUpdateStrategy !== PrimaryUpdateStrategy.Supervised) return [];
  return lowerings(changes).map(change =>
    conflict(
      Severity.Refused,
      change,
      `is lowered from ${change.effectiveBefore} to ${change.effectiveAfter}. With primaryUpdateStrategy "supervised" the primary keeps the greater value until a person switches over, and then does not start again as a standby (cloudnative-pg#10716).`,
      'Set primaryUpdateStrategy: "unsupervised" for this update.',
    ),
  );
}

/**
 * Seen with CloudNativePG 1.30 in one of three tries: a standby whose pod is re-created in between starts with the greater value from
 * pg_controldata, its file is then written without a reload, and nothing restarts it any more.
 */
function loweredWithRollout({ changes, before, after, held }: JudgedChange): ParameterFinding[] {
  const rolls =
    before.rollout !== undefined && after.rollout !== undefined && before.rollout !== after.rollout;
  if (!rolls || held || after.instances === 1) return [];
  return lowerings(changes).map(change =>
    conflict(
      Severity.Refused,
      change,
      `is lowered from ${change.effectiveBefore} to ${change.effectiveAfter} in an update that also re-creates the pods, which can leave a standby behind with the greater value.`,
      `Make two updates: first parameters: { ${change.name}: "${change.effectiveAfter}" } and nothing else, then the rest.`,
    ),
  );
}

function lowerings(changes: ParameterChange[]): ParameterChange[] {
  return changes.filter(({ followerSensitive, lowered }) => followerSensitive && lowered);
}

/** CloudNativePG 1.30, internal/webhook/v1/cluster_webhook.go, validateWALLevelChange. */
function walLevelToMinimal({ changes }: JudgedChange): ParameterFinding[] {
  return changes
    .filter(({ name, effectiveAfter }) => name === "wal_level" && effectiveAfter === "minimal")
    .map(change =>
      conflict(
        Severity.Refused,
        change,
        `was ${change.effectiveBefore}, and CloudNativePG does not let an existing instance go to minimal.`,
        "Set it back, or create a new instance with it.",
      ),
    );
}

/** CloudNativePG 1.30, internal/webhook/v1/cluster_webhook.go, validateConfigurationChange, which compares texts. */
function imageAndParameters({ before, after, held }: JudgedChange): ParameterFinding[] {
  const same = before.image === undefined || after.image === undefined || before.image === after.image;
  if (same || held || after.primaryUpdateMethod !== PrimaryUpdateMethod.Switchover) return [];
  const name = firstDifference(before, after);
  if (name === undefined) return [];
  return [
    conflict(
      Severity.Refused,
      { name, after: after.parameters[name] },
      'changes together with the image, which CloudNativePG refuses with primaryUpdateMethod "switchover".',
      'Change the image first and the parameters in the next update, or set primaryUpdateMethod: "restart" for this one.',
    ),
  ];
}

/** The first parameter whose text in the Cluster would be another. */
function firstDifference(before: ServerFacts, after: ServerFacts): string | undefined {
  const catalogue = loadCatalogue(after.major);
  const text = ({ parameters }: ServerFacts, name: string): string | undefined =>
    parameters[name] ?? findDefinition(catalogue, name)?.operatorDefault;
  return Object.keys({ ...before.parameters, ...after.parameters }).find(
    name => text(before, name) !== text(after, name),
  );
}

/** While parameters are held back, the new major would be given those of the old one, and does not start with a name it lacks. */
function heldUpgrade({ before, after, held, uncompared }: JudgedChange): ParameterFinding[] {
  if (!held || before.major === after.major) return [];
  return uncompared
    .filter(name => Object.keys(before.parameters).some(given => given.toLowerCase() === name.toLowerCase()))
    .map(name =>
      conflict(
        Severity.Refused,
        { name },
        `does not exist in PostgreSQL ${after.major}, and held back parameters are not taken out before the upgrade, which would fail.`,
        'Set parameterChanges: { mode: "immediate" } for this update.',
      ),
    );
}

/** The primary restarts first and then has more than its standbys, which stop replaying until they have restarted. */
function raisedAndLowered({ changes, after }: JudgedChange): ParameterFinding[] {
  if (after.instances === 1 || lowerings(changes).length === 0) return [];
  return changes
    .filter(({ followerSensitive, lowered }) => followerSensitive && !lowered)
    .map(change =>
      conflict(
        Severity.Warning,
        change,
        `is raised while ${lowerings(changes)[0]?.name} is lowered. Until the standbys have restarted too, they do not replay and cannot take over.`,
        "Raise and lower in two updates.",
      ),
    );
}

/** The list of libraries is not part of the parameters that Pulumi leaves alone. */
function librariesNotHeld({ held, restartsNow }: JudgedChange): ParameterFinding[] {
  if (!held) return [];
  return restartsNow
    .filter(name => name === "shared_preload_libraries")
    .map(name =>
      conflict(
        Severity.Warning,
        { name },
        "changes with this update, which restarts the servers now: only parameters are held back.",
        "Change sharedPreloadLibraries and extensions that need one when a restart is welcome.",
      ),
    );
}

/** A server does not start with fewer places than are taken. What takes them, and how to see it. */
const places: Readonly<Record<string, [taken: string, look: string]>> = {
  max_replication_slots: ["replication slots (those of its standbys count)", "pg_replication_slots"],
  max_prepared_transactions: ["prepared transactions", "pg_prepared_xacts"],
  max_active_replication_origins: ["replication origins", "pg_replication_origin_status"],
};

/**
 * Lowered values with which a server may not start, depending on what is in it.
 * Source: PostgreSQL, RestoreSlotFromDisk in slot.c, PrepareRedoAdd in twophase.c, StartupReplicationOrigin in origin.c.
 */
function tooFewPlaces({ changes }: JudgedChange): ParameterFinding[] {
  return changes.flatMap(change => {
    const [taken, look] = own(places, change.name) ?? [];
    if (change.lowered && taken !== undefined) {
      return conflict(
        Severity.Warning,
        change,
        `is lowered to ${change.effectiveAfter}; a server that has more ${taken} does not start.`,
        `Look into ${look} first.`,
      );
    }
    if (change.name !== "wal_level" || change.effectiveBefore !== "logical") return [];
    const problem = "is lowered from logical; a server that has a logical replication slot does not start.";
    return conflict(Severity.Warning, change, problem, "Look into pg_replication_slots first.");
  });
}
