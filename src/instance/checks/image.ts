import {
  extensionAvailability,
  isOfficialPostgresImage,
  parseImage,
  pinnedVersions,
  postgresMajors,
  postgresVersionProblem,
} from "../../cnpg/versions";
import { nearest } from "../../nearest";
import type { Report } from "../../report";
import type { GenerationArgs, PostgresInstanceArgs } from "../args";
import { generationImage, generationMajor } from "../image";
import { generationArgs } from "../resolve";

export function checkImages(args: PostgresInstanceArgs, report: Report): void {
  checkImage("", args, report);
  for (const [number, own] of Object.entries(generationArgs(args))) {
    checkImage(`generations.${number}.`, { image: own.image, version: own.version }, report);
    checkExtensions(args, own, report);
  }
}

function checkImage(path: string, given: { image?: string; version?: string }, report: Report): void {
  const { image, version } = given;
  const wrongVersion = version === undefined ? undefined : postgresVersionProblem(version);
  if (wrongVersion !== undefined) {
    const near = nearest(String(version), postgresMajors.map(String));
    report(
      `${path}version`,
      version,
      wrongVersion,
      `Choose one of ${postgresMajors.join(", ")}${near === undefined ? "" : `; nearest is ${near}`}.`,
    );
  }
  if (image === undefined) return;
  if (isOfficialPostgresImage(image)) {
    report(
      `${path}image`,
      image,
      "is an official postgres image, which lacks what CloudNativePG needs (its user id, barman and failover tools, no entrypoint of its own).",
      `Use "${generationImage({ version: wrongVersion === undefined ? version : undefined }, {})}" or an image built on it.`,
    );
    return;
  }
  const parsed = parseImage(image);
  if (parsed.major === undefined) {
    report(
      `${path}image`,
      image,
      "has no tag that begins with the PostgreSQL version.",
      `CloudNativePG reads the version from the tag: use for example ":${pinnedVersions.postgresMajor}.1-…".`,
    );
    return;
  }
  if (!postgresMajors.includes(parsed.major)) {
    report(
      `${path}image`,
      image,
      `PostgreSQL ${parsed.major} is not supported.`,
      `Choose one of ${postgresMajors.join(", ")}.`,
    );
  }
  if (version !== undefined && wrongVersion === undefined && !agrees(version, parsed.major, parsed.minor)) {
    report(`${path}version`, version, `disagrees with the image "${image}".`, "Leave one of the two out.");
  }
}

function agrees(version: string, major: number, minor: number | undefined): boolean {
  const [wantedMajor, wantedMinor] = version.split(".").map(Number);
  return wantedMajor === major && (wantedMinor === undefined || wantedMinor === minor);
}

function checkExtensions(args: PostgresInstanceArgs, own: GenerationArgs, report: Report): void {
  const major = generationMajor(args, own);
  if (major === undefined) return;
  const image = generationImage(args, own);
  const seen = new Set<string>();
  for (const [index, extension] of (args.extensions ?? []).entries()) {
    const path = `extensions[${index}]`;
    if (!/^[a-z_][a-z0-9_-]{0,62}$/.test(extension)) {
      report(path, extension, "is not the name of an extension.");
      continue;
    }
    if (seen.has(extension)) report(path, extension, "is listed twice.");
    seen.add(extension);
    const { problem } = extensionAvailability(image, extension, major);
    if (problem !== undefined) report(path, extension, problem.problem, problem.remedy);
  }
}
