import type { Manifest } from "../cnpg/object";

/** A Secret; its data are in base64. */
export interface SecretManifest extends Manifest {
  data?: Record<string, string>;
}

/** What a Secret of ours holds, decoded. */
export type SecretTexts = Readonly<Record<string, string>>;

/** The data as texts. */
export function decode(data: Record<string, string>): SecretTexts {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** Texts as data. */
export function encode(texts: SecretTexts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]),
  );
}
