import { readFileSync } from "node:fs";
import { PlainFailure } from "./result";

/**
 * The text of a file.
 * @param file path, or `-` for standard input
 */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new PlainFailure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
