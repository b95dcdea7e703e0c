import { join } from "node:path";

import { ensureBinaries } from "../binaries";
import { pauseImage } from "../cluster/layout";
import { projectDir } from "../paths";
import { run } from "../process";
import type { Progress } from "../progress";
import { versions } from "../versions";
import { type BaseLayer, ensureBase } from "./base";
import { imageName } from "./names";
import { architecture, type ImageConfig, type Layer } from "./oci";
import type { TarEntry } from "./tar";

/** What one image is made of. */
export interface ImageParts {
  config: ImageConfig;
  /** Shared lowest layers. */
  below: Layer[];
  /** Members of the image's own layer on top; none when it has no own layer. */
  own: TarEntry[];
  /** Said once when the image is built. */
  note?: string;
}

const temporary: TarEntry = { type: "directory", path: "tmp", mode: 0o1777 };

function program(path: string, from: string): TarEntry {
  return { type: "copy", path, mode: 0o755, from };
}

async function pause(progress: Progress): Promise<ImageParts> {
  const { pause: file } = await ensureBinaries(progress, ["pause"]);
  return {
    config: { user: "65535:65535", workingDir: "/", entrypoint: ["/pause"] },
    below: [],
    own: [program("pause", file)],
  };
}

/** A binary has one version: under another tag the image would be a lie. */
function requireTag(repository: string, tag: string, built: string): void {
  if (tag === built) return;
  throw new Error(
    `${repository}:${tag} cannot be built here: this checkout is made of ${built} (embedded/versions.ts). Ask for that version, or use --context with a cluster that can pull yours.`,
  );
}

const cnpg = "ghcr.io/cloudnative-pg";

// The operator lists operator/manager_<arch> to learn architectures, and copies the relative name "manager" into pods.
async function operator(progress: Progress, tag: string): Promise<ImageParts> {
  requireTag(`${cnpg}/cloudnative-pg`, tag, versions.cloudnativePg);
  const { manager } = await ensureBinaries(progress, ["manager"]);
  const binary = `operator/manager_${architecture()}`;
  return {
    config: { user: "10001:10001", workingDir: "/", entrypoint: ["/manager"] },
    below: [],
    own: [
      { type: "directory", path: "operator", mode: 0o755 },
      program(binary, manager),
      { type: "symlink", path: "manager", mode: 0o777, target: binary },
      temporary,
    ],
  };
}

async function plugin(progress: Progress, tag: string): Promise<ImageParts> {
  requireTag(`${cnpg}/plugin-barman-cloud`, tag, `v${versions.barmanPlugin}`);
  const { "barman-plugin": file } = await ensureBinaries(progress, ["barman-plugin"]);
  return {
    config: { user: "65532:65532", workingDir: "/", entrypoint: ["/manager"] },
    below: [],
    own: [program("manager", file), temporary],
  };
}

const postgresUser = "26:26";

/** What containers of a Debian image start with; images/jobs/Dockerfile says the same for a registry. */
export function debianConfig(major: number): ImageConfig {
  const path = `/usr/lib/postgresql/${major}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  return { user: postgresUser, workingDir: "/", env: { PATH: path, LANG: "C.UTF-8" } };
}

async function operand(progress: Progress, tag: string): Promise<ImageParts> {
  const asked = /^(\d+)(?:\.(\d+))?/.exec(tag)?.[0];
  if (asked === undefined)
    throw new Error(
      `The operand's tag "${tag}" does not begin with a PostgreSQL version: CloudNativePG reads the major from it.`,
    );
  const base = await ensureBase(progress, parseInt(asked, 10));
  const same = base.serverVersion === asked || !asked.includes(".");
  return {
    config: {
      ...debianConfig(parseInt(asked, 10)),
      labels: { "org.opencontainers.image.version": base.serverVersion },
    },
    below: [base],
    own: [],
    ...(!same && {
      note: `The image tagged ${tag} holds PostgreSQL ${base.serverVersion}, the version Debian carries today.`,
    }),
  };
}

async function sidecar(progress: Progress, tag: string): Promise<ImageParts> {
  requireTag(`${cnpg}/plugin-barman-cloud-sidecar`, tag, `v${versions.barmanPlugin}`);
  const { "barman-plugin": file } = await ensureBinaries(progress, ["barman-plugin"]);
  return {
    config: { ...debianConfig(18), entrypoint: ["/manager"] },
    below: [await ensureBase(progress, 18)],
    own: [program("manager", file)],
  };
}

/** The image of PgBouncer over a base that has it. CloudNativePG runs it as 998:996 and starts `/usr/bin/pgbouncer`; Debian puts it elsewhere. */
export function poolerParts(base: BaseLayer, tag: string): ImageParts {
  const version = base.poolerVersion;
  if (version === undefined)
    throw new Error("The Debian root holds no pgbouncer: look at images/jobs/install.sh.");
  return {
    config: {
      ...debianConfig(18),
      user: "998:996",
      labels: { "org.opencontainers.image.version": version },
    },
    below: [base],
    own: [{ type: "symlink", path: "usr/bin/pgbouncer", mode: 0o777, target: "../sbin/pgbouncer" }],
    ...(version !== tag && {
      note: `The image tagged ${tag} holds PgBouncer ${version}, the version Debian carries today.`,
    }),
  };
}

async function pooler(progress: Progress, tag: string): Promise<ImageParts> {
  return poolerParts(await ensureBase(progress, 18), tag);
}

async function jobs(progress: Progress): Promise<ImageParts> {
  const bundle = join(projectDir(), "dist", "jobs", "jobs.js");
  const archive = join(projectDir(), "images", "jobs", "archive.py");
  await run(process.execPath, [join(projectDir(), "scripts", "bundle-jobs.mjs")], { timeoutMs: 120_000 });
  return {
    config: debianConfig(18),
    below: [await ensureBase(progress, 18)],
    own: [
      { type: "directory", path: "app", mode: 0o755 },
      { type: "copy", path: "app/jobs.js", mode: 0o644, from: bundle },
      { type: "copy", path: "app/archive.py", mode: 0o644, from: archive },
    ],
  };
}

const recipes: Record<string, (progress: Progress, tag: string) => Promise<ImageParts>> = {
  [imageName(pauseImage).repository]: pause,
  [`${cnpg}/cloudnative-pg`]: operator,
  [`${cnpg}/plugin-barman-cloud`]: plugin,
  [`${cnpg}/plugin-barman-cloud-sidecar`]: sidecar,
  [`${cnpg}/postgresql`]: operand,
  [`${cnpg}/pgbouncer`]: pooler,
  "ghcr.io/pulumi-cnpg/jobs": jobs,
};

/** Collects the parts of an image by its published name; names the images it knows when it does not know this one. */
export async function imageParts(progress: Progress, ref: string): Promise<ImageParts> {
  const { repository, tag } = imageName(ref);
  const recipe = recipes[repository];
  if (recipe === undefined) {
    throw new Error(
      `The image "${ref}" cannot be built here; known are ${Object.keys(recipes).join(", ")}. Import it into the cluster, or use --context with a cluster that can pull it.`,
    );
  }
  return recipe(progress, tag);
}
