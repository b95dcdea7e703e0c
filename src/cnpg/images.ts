import { pinnedVersions, postgresMajors, postgresSeries } from "./matrix";

/** What an operand image contains besides PostgreSQL. */
export const ImageFlavour = {
  /** PostgreSQL with its contrib modules. */
  minimal: "minimal",
  /** Also all locales, pgaudit, pgvector, pg_failover_slots. */
  standard: "standard",
  /** Also barman-cloud for the deprecated in-tree backups. */
  system: "system",
} as const;
export type ImageFlavour = (typeof ImageFlavour)[keyof typeof ImageFlavour];

/** Repository of the operand images. */
export const operandRepository = "ghcr.io/cloudnative-pg/postgresql";

/** Debian release of the default operand images. All generations of an instance should stay on one: collations differ. */
export const defaultDistribution = "trixie";

/** Images of the operator, the plugin and the pooler, by the pinned versions. */
export const pinnedImages = {
  operator: `ghcr.io/cloudnative-pg/cloudnative-pg:${pinnedVersions.operator}`,
  plugin: `ghcr.io/cloudnative-pg/plugin-barman-cloud:v${pinnedVersions.plugin}`,
  pluginSidecar: `ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v${pinnedVersions.plugin}`,
  pooler: `ghcr.io/cloudnative-pg/pgbouncer:${pinnedVersions.pgbouncer}`,
} as const;

/**
 * The operand image of a major: newest known minor, flavour `standard`, Debian trixie unless said otherwise.
 * @throws Error for a major this package does not know
 */
export function defaultImage(
  major: number,
  flavour: ImageFlavour = ImageFlavour.standard,
  distribution = defaultDistribution,
): string {
  const series = postgresSeries[major];
  if (series === undefined) {
    throw new Error(
      `no default image for PostgreSQL ${major}: known majors are ${Object.keys(postgresSeries).join(", ")}`,
    );
  }
  return `${operandRepository}:${major}.${series.newestMinor}-${flavour}-${distribution}`;
}

/**
 * The operand image of a version as users write it.
 * @param version major (`18`: newest known minor) or major and minor (`17.5`)
 * @throws Error when {@link postgresVersionProblem} finds one
 */
export function postgresImage(version: string): string {
  const problem = postgresVersionProblem(version);
  if (problem !== undefined) throw new Error(`PostgreSQL version ${JSON.stringify(version)} ${problem}`);
  return version.includes(".")
    ? `${operandRepository}:${version}-${ImageFlavour.standard}-${defaultDistribution}`
    : defaultImage(Number(version));
}

/** What is wrong with a version as users write it, as the end of a sentence; undefined when nothing is. */
export function postgresVersionProblem(version: string): string | undefined {
  const parts = /^([1-9]\d*)(?:\.(0|[1-9]\d*))?$/.exec(version);
  if (parts === null) return "is not a PostgreSQL version such as 18 or 18.6.";
  if (postgresSeries[Number(parts[1])] === undefined) {
    return `is not supported: supported majors are ${postgresMajors.join(", ")}.`;
  }
  return undefined;
}

/** The parts of an image reference. */
export interface ParsedImage {
  /** `docker.io` when the reference names none. */
  registry: string;
  /** With `library/` for Docker's official images. */
  repository: string;
  tag?: string;
  /** `sha256:…` */
  digest?: string;
  /** PostgreSQL version the tag begins with, for example `18.6` or `19beta3`. */
  version?: string;
  /** PostgreSQL major the tag begins with. */
  major?: number;
  /** PostgreSQL minor; absent when the tag names the major only, or a beta. */
  minor?: number;
  /** `beta3`, `rc1` and the like. */
  prerelease?: string;
  flavour?: ImageFlavour;
  /** For example `trixie`, `bookworm`, `alpine`. */
  distribution?: string;
}

const distributions = ["trixie", "bookworm", "bullseye", "buster", "alpine", "ubi9", "ubi8"];

/**
 * Splits an image reference, and its tag by the naming of operand images.
 * A text that is no reference comes back as `repository` alone; {@link isImageReference} tells.
 */
export function parseImage(reference: string): ParsedImage {
  return splitReference(reference) ?? { registry: "", repository: reference };
}

/** Whether a text has the form of an image reference: `[registry/]repository[:tag][@digest]`. */
export function isImageReference(text: string): boolean {
  return splitReference(text) !== undefined;
}

function splitReference(reference: string): ParsedImage | undefined {
  const parts = /^([^@\s]+?)(?:@([a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?$/.exec(reference);
  if (parts === null) return undefined;
  const [, named = "", digest] = parts;
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const path = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) return undefined;
  const { registry, repository } = splitPath(path);
  if (
    !/^[a-z0-9]+(?:(?:[._-]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._-]|__|-+)[a-z0-9]+)*)*$/.test(repository)
  )
    return undefined;
  return prune({ registry, repository, tag, digest, ...readTag(tag ?? "") });
}

/**
 * Whether this is Docker's `postgres` image, or a mirror of it, which CloudNativePG cannot run:
 * it has no user 26, its entry point wants to be PID 1, and `POSTGRES_*` variables mean nothing here.
 */
export function isOfficialPostgresImage(reference: string): boolean {
  return /(?:^|\/)library\/postgres$/.test(parseImage(reference).repository);
}

/** Whether this is one of CloudNativePG's operand images, or a mirror that kept the repository's name. */
export function isOperandImage(reference: string): boolean {
  return /(?:^|\/)cloudnative-pg\/postgresql(?:-testing)?$/.test(parseImage(reference).repository);
}

function splitPath(path: string): { registry: string; repository: string } {
  const slash = path.indexOf("/");
  const first = path.slice(0, Math.max(slash, 0));
  const isRegistry = first === "localhost" || /[.:]/.test(first);
  const registry = isRegistry
    ? first.replace(/^(?:index|registry-1)\.docker\.io$/, "docker.io")
    : "docker.io";
  const rest = isRegistry ? path.slice(slash + 1) : path;
  return { registry, repository: registry === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest };
}

function readTag(
  tag: string,
): Pick<ParsedImage, "version" | "major" | "minor" | "prerelease" | "flavour" | "distribution"> {
  const words = tag.split("-");
  const version = /^(\d+)(?:\.(\d+)(?:\.\d+)*)?((?:alpha|beta|rc)\d+)?$/.exec(words[0] ?? "");
  return {
    version: version?.[0],
    major: version === null ? undefined : Number(version[1]),
    minor: version?.[2] === undefined ? undefined : Number(version[2]),
    prerelease: version?.[3],
    flavour: Object.values(ImageFlavour).find(flavour => words.includes(flavour)),
    distribution: distributions.find(name => words.some(word => word.startsWith(name))),
  };
}

function prune(image: ParsedImage): ParsedImage {
  return Object.fromEntries(
    Object.entries(image).filter(([, value]) => value !== undefined),
  ) as unknown as ParsedImage;
}
