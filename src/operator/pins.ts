import { pinnedImages, operandRepository } from "../cnpg/images";
import { pinnedVersions } from "../cnpg/versions";

/** What one version of the operator consists of. */
export interface OperatorPin {
  /** Location of the release manifest. */
  manifest: string;
  /** SHA-256 of the manifest; absent for versions this package was not tested with. */
  sha256?: string;
  image: string;
  /** PostgreSQL image the operator gives to clusters that name none, where known. */
  postgresImage?: string;
  /** Image the operator gives to poolers that name none, where known. */
  pgbouncerImage?: string;
  /** Version of the Helm chart that installs it, where known. */
  chart?: string;
}

/** What one version of the Barman Cloud plugin consists of. */
export interface PluginPin {
  /** Location of the manifest. */
  manifest: string;
  /** SHA-256 of the manifest; absent for versions this package was not tested with. */
  sha256?: string;
  image: string;
  /** Image of the container the plugin adds to instance pods. */
  sidecarImage: string;
}

const repositories = "https://raw.githubusercontent.com/cloudnative-pg";
const registry = "ghcr.io/cloudnative-pg";

const testedOperator: OperatorPin = {
  manifest: operatorManifest(pinnedVersions.operator),
  sha256: "f8bede43fe4ee0d478c2355b204a36876b2ae4faac60f2a9452280b293da3b88",
  image: pinnedImages.operator,
  postgresImage: `${operandRepository}:18.4-system-trixie`,
  pgbouncerImage: `${registry}/pgbouncer:1.25.1`,
  chart: "0.29.0",
};

// The manifest at a version's tag names images of the main branch, so images are put in when rendering.
const testedPlugin: PluginPin = {
  manifest: pluginManifest(pinnedVersions.plugin),
  sha256: "691e598b4591e83e23586d3394a8fedef429586a01d1a1b56ab8b80e9fa6ccb0",
  image: pinnedImages.plugin,
  sidecarImage: pinnedImages.pluginSidecar,
};

/** The pin of a version, with checksum when it is the tested one. */
export function operatorPin(version: string): OperatorPin {
  if (version === pinnedVersions.operator) return testedOperator;
  return { manifest: operatorManifest(version), image: `${registry}/cloudnative-pg:${version}` };
}

/** The pin of a version, with checksum when it is the tested one. */
export function pluginPin(version: string): PluginPin {
  if (version === pinnedVersions.plugin) return testedPlugin;
  return {
    manifest: pluginManifest(version),
    image: `${registry}/plugin-barman-cloud:v${version}`,
    sidecarImage: `${registry}/plugin-barman-cloud-sidecar:v${version}`,
  };
}

function operatorManifest(version: string): string {
  return `${repositories}/cloudnative-pg/v${version}/releases/cnpg-${version}.yaml`;
}

function pluginManifest(version: string): string {
  return `${repositories}/plugin-barman-cloud/v${version}/manifest.yaml`;
}

/**
 * The name of an image's copy in another registry: `ghcr.io/a/b:1` in `registry.example.com/mirror` is
 * `registry.example.com/mirror/a/b:1`. Names without a registry keep their whole path.
 */
export function mirrored(image: string, imageRegistry: string | undefined): string {
  if (imageRegistry === undefined) return image;
  const [first = "", ...rest] = image.split("/");
  const named = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return [imageRegistry.replace(/\/+$/, ""), ...(named ? rest : [first, ...rest])].join("/");
}
