import { own } from "../own";
import { ImageFlavour, isOperandImage, parseImage } from "./images";

/** Whether an image can have an extension. */
export const ExtensionPresence = {
  /** It is part of every image of this flavour and major. */
  present: "present",
  /** It is known not to be there. */
  absent: "absent",
  /** The name of the image does not tell. */
  unknown: "unknown",
} as const;
export type ExtensionPresence = (typeof ExtensionPresence)[keyof typeof ExtensionPresence];

/** What is known about one extension in one image. */
export interface ExtensionAvailability {
  presence: ExtensionPresence;
  /** Library that must be in `shared_preload_libraries` before CREATE EXTENSION works; absent when none is needed. */
  preloadLibrary?: string;
  /** Why it is absent and what to do, each a sentence or the end of one; only when it is absent. */
  problem?: { problem: string; remedy: string };
}

/** Contrib modules: from which major on, and from which major on no longer. */
const contrib: Readonly<Record<string, { since?: number; until?: number }>> = {
  adminpack: { until: 17 },
  amcheck: {},
  autoinc: {},
  bloom: {},
  btree_gin: {},
  btree_gist: {},
  citext: {},
  cube: {},
  dblink: {},
  dict_int: {},
  dict_xsyn: {},
  earthdistance: {},
  file_fdw: {},
  fuzzystrmatch: {},
  hstore: {},
  insert_username: {},
  intagg: {},
  intarray: {},
  isn: {},
  lo: {},
  ltree: {},
  moddatetime: {},
  old_snapshot: { until: 17 },
  pageinspect: {},
  pg_buffercache: {},
  pg_freespacemap: {},
  pg_logicalinspect: { since: 18 },
  pg_prewarm: {},
  pg_stat_statements: {},
  pg_surgery: {},
  pg_trgm: {},
  pg_visibility: {},
  pg_walinspect: { since: 15 },
  pgcrypto: {},
  pgrowlocks: {},
  pgstattuple: {},
  plpgsql: {},
  postgres_fdw: {},
  refint: {},
  seg: {},
  sslinfo: {},
  tablefunc: {},
  tcn: {},
  tsm_system_rows: {},
  tsm_system_time: {},
  unaccent: {},
  "uuid-ossp": {},
  xml2: {},
};

/** In flavours `standard` and `system` besides contrib. */
const standardOnly: readonly string[] = ["pgaudit", "vector"];

/** Extensions that do nothing, or refuse to be created, unless a library is preloaded. */
const libraryOf: Readonly<Record<string, string>> = {
  citus: "citus",
  pg_cron: "pg_cron",
  pg_partman_bgw: "pg_partman_bgw",
  pg_qualstats: "pg_qualstats",
  pg_squeeze: "pg_squeeze",
  pg_stat_kcache: "pg_stat_kcache",
  pg_stat_monitor: "pg_stat_monitor",
  pg_stat_statements: "pg_stat_statements",
  pg_wait_sampling: "pg_wait_sampling",
  pgaudit: "pgaudit",
  pglogical: "pglogical",
  timescaledb: "timescaledb",
};

/** Libraries people ask for as extensions although nothing is created; with the way they are switched on. */
const librariesOnly: Readonly<Record<string, string>> = {
  auto_explain: "Set any parameter auto_explain.*: the operator then loads it.",
  pg_failover_slots: "Set any parameter pg_failover_slots.*: the operator then loads it.",
};

/** Names under which an extension appears in image names. */
const imageNames: Readonly<Record<string, readonly string[]>> = {
  vector: ["vector", "pgvector"],
  timescaledb: ["timescale"],
  postgis: ["postgis"],
};

/**
 * Whether an image has an extension, judged by its name. CloudNativePG's operand images go by their flavour;
 * any other has the contrib modules and what its name mentions, and for the rest nobody can tell.
 * @param image image reference
 * @param extension name as in CREATE EXTENSION
 * @param major PostgreSQL major; contrib modules come and go with it
 */
export function extensionAvailability(
  image: string,
  extension: string,
  major: number | undefined,
): ExtensionAvailability {
  const flavour = isOperandImage(image) ? parseImage(image).flavour : undefined;
  const byFlavour = flavourExtensionAvailability(flavour, extension, major);
  if (byFlavour.presence === ExtensionPresence.present || !mentions(image, extension)) return byFlavour;
  return { ...byFlavour, presence: ExtensionPresence.present, problem: undefined };
}

/**
 * Whether an operand image of this flavour has an extension.
 * @param flavour flavour of the image; undefined when its name does not tell, then only contrib is sure
 * @param extension name as in CREATE EXTENSION
 * @param major PostgreSQL major; undefined leaves contrib modules unjudged that came or went
 */
export function flavourExtensionAvailability(
  flavour: ImageFlavour | undefined,
  extension: string,
  major: number | undefined,
): ExtensionAvailability {
  const library = own(librariesOnly, extension);
  if (library !== undefined) return absent("is a library, not an extension.", library);
  const preloadLibrary = own(libraryOf, extension);
  const known = preloadLibrary === undefined ? {} : { preloadLibrary };
  const span = own(contrib, extension);
  if (span !== undefined) return { ...contribAvailability(span, major), ...known };
  if (flavour === undefined) return { presence: ExtensionPresence.unknown, ...known };
  if (!standardOnly.includes(extension)) {
    const remedy = "Use an image that has it in its name, or an extension image (18+).";
    return { ...absent(`is not in operand images of flavour ${flavour}.`, remedy), ...known };
  }
  if (flavour === ImageFlavour.minimal) {
    return { ...absent("is not in operand images of flavour minimal.", "Use flavour standard."), ...known };
  }
  return { presence: ExtensionPresence.present, ...known };
}

/** Libraries to preload for these extensions, in their order, each once. */
export function preloadLibraries(extensions: readonly string[]): string[] {
  const libraries = extensions.map(extension => own(libraryOf, extension));
  return [...new Set(libraries.filter(library => library !== undefined))];
}

function contribAvailability(
  span: { since?: number; until?: number },
  major: number | undefined,
): ExtensionAvailability {
  if (major === undefined)
    return {
      presence: Object.keys(span).length === 0 ? ExtensionPresence.present : ExtensionPresence.unknown,
    };
  if (span.since !== undefined && major < span.since) {
    return absent(
      `exists since PostgreSQL ${span.since}.`,
      `Leave it out or choose version ${span.since} or newer.`,
    );
  }
  if (span.until !== undefined && major >= span.until) {
    return absent(`was removed in PostgreSQL ${span.until}.`, "Leave it out.");
  }
  return { presence: ExtensionPresence.present };
}

function absent(problem: string, remedy: string): ExtensionAvailability {
  return { presence: ExtensionPresence.absent, problem: { problem, remedy } };
}

function mentions(image: string, extension: string): boolean {
  const path = image.slice(image.indexOf("/") + 1).toLowerCase();
  return (own(imageNames, extension) ?? [extension]).some(name => path.includes(name.toLowerCase()));
}
