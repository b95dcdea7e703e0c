import { parseImage, pinnedVersions, postgresImage, postgresVersionProblem } from "../cnpg/versions";
import type { GenerationArgs, PostgresInstanceArgs } from "./args";

/** The image of a generation: its own image, its own version's, the instance's image, the instance's version's. */
export function generationImage(args: PostgresInstanceArgs, own: GenerationArgs): string {
  if (own.image !== undefined) return own.image;
  if (own.version !== undefined) return postgresImage(own.version);
  return args.image ?? postgresImage(args.version ?? String(pinnedVersions.postgresMajor));
}

/** Major version of the image a generation gets; undefined when the arguments do not name a valid one. */
export function generationMajor(args: PostgresInstanceArgs, own: GenerationArgs): number | undefined {
  const version = own.version ?? args.version;
  if (version !== undefined && postgresVersionProblem(version) !== undefined) return undefined;
  return parseImage(generationImage(args, own)).major;
}
