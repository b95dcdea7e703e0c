import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { basename } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

import { imageName } from "./names";
import { tar, type TarEntry } from "./tar";

/** A layer that lies on disk as it is shipped. */
export interface Layer {
  file: string;
  mediaType: string;
  /** Of the file as it is, `sha256:…`. */
  digest: string;
  /** Of the archive inside, `sha256:…`. */
  diffId: string;
  /** Bytes of the file. */
  size: number;
}

/** What a container of the image starts with. */
export interface ImageConfig {
  /** `uid:gid`. */
  user: string;
  workingDir: string;
  entrypoint?: string[];
  env?: Record<string, string>;
  labels?: Record<string, string>;
}

const mediaTypes = {
  config: "application/vnd.oci.image.config.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
} as const;

export const layerMediaTypes = {
  plain: "application/vnd.oci.image.layer.v1.tar",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
} as const;

/** This machine's name in image configurations. */
export function architecture(): "amd64" | "arm64" {
  if (process.arch === "x64") return "amd64";
  if (process.arch === "arm64") return "arm64";
  throw new Error(
    `Images are built for amd64 and arm64, this machine is ${process.arch}: use --context with a cluster of your own.`,
  );
}

/** `sha256:…` of bytes. */
export function digestOf(content: Buffer | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** `sha256:…` of a file. */
export async function fileDigest(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return `sha256:${hash.digest("hex")}`;
}

/** Passes bytes on and knows their digest and number when they have passed. */
export class Measure extends Transform {
  private readonly hash = createHash("sha256");
  size = 0;

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error: Error | null, chunk: Buffer) => void,
  ): void {
    this.hash.update(chunk);
    this.size += chunk.length;
    done(null, chunk);
  }

  digest(): string {
    return `sha256:${this.hash.digest("hex")}`;
  }
}

/** Writes entries as an uncompressed layer: a few binaries are unpacked sooner than they are compressed. */
export async function writeLayer(file: string, entries: TarEntry[]): Promise<Layer> {
  const measure = new Measure();
  await pipeline(Readable.from(tar(entries)), measure, createWriteStream(file));
  const digest = measure.digest();
  return { file, mediaType: layerMediaTypes.plain, digest, diffId: digest, size: measure.size };
}

function descriptor(mediaType: string, content: string): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
}

function configuration(config: ImageConfig, layers: Layer[], created: string): string {
  return JSON.stringify({
    created,
    architecture: architecture(),
    os: "linux",
    config: {
      User: config.user,
      WorkingDir: config.workingDir,
      ...(config.entrypoint && { Entrypoint: config.entrypoint }),
      Env: Object.entries(config.env ?? {}).map(([name, value]) => `${name}=${value}`),
      Labels: config.labels ?? {},
    },
    rootfs: { type: "layers", diff_ids: layers.map(layer => layer.diffId) },
    history: layers.map(() => ({ created, created_by: "pulumi-cnpg embedded" })),
  });
}

/** The second name an archive gives its image: present in a store exactly when this build was imported. */
export function digestName(ref: string, digest: string): string {
  return `${imageName(ref).repository}@${digest}`;
}

/**
 * Writes an OCI layout that `ctr images import` reads, under the name `ref` and under `digestName`.
 * Returns the digest of the manifest. `created` makes two builds differ even when they hold the same.
 */
export async function writeArchive(
  file: string,
  ref: string,
  config: ImageConfig,
  layers: Layer[],
  created: string,
): Promise<string> {
  const configText = configuration(config, layers, created);
  const manifestText = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor(mediaTypes.config, configText),
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  const manifest = descriptor(mediaTypes.manifest, manifestText);
  const names = [ref, digestName(ref, manifest.digest)];
  const indexText = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: names.map(name => ({
      ...manifest,
      platform: { architecture: architecture(), os: "linux" },
      annotations: { "io.containerd.image.name": name },
    })),
  });

  const blob = (digest: string): string => `blobs/sha256/${digest.slice("sha256:".length)}`;
  const entries: TarEntry[] = [
    {
      type: "file",
      path: "oci-layout",
      mode: 0o644,
      content: JSON.stringify({ imageLayoutVersion: "1.0.0" }),
    },
    { type: "directory", path: "blobs", mode: 0o755 },
    { type: "directory", path: "blobs/sha256", mode: 0o755 },
    ...layers.map((layer): TarEntry => ({
      type: "copy",
      path: blob(layer.digest),
      mode: 0o644,
      from: layer.file,
    })),
    { type: "file", path: blob(digestOf(configText)), mode: 0o644, content: configText },
    { type: "file", path: blob(manifest.digest), mode: 0o644, content: manifestText },
    { type: "file", path: "index.json", mode: 0o644, content: indexText },
  ];
  const unfinished = `${file}.${process.pid}.unfinished`;
  await pipeline(Readable.from(tar(entries)), createWriteStream(unfinished));
  await rename(unfinished, file);
  return manifest.digest;
}

/** The name of an image's archive in the cache: the reference with the characters of a file name. */
export function archiveFileName(ref: string): string {
  return `${basename(imageName(ref).repository)}-${imageName(ref).tag}.tar`;
}
