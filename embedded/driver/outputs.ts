import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { OutputMap } from "@pulumi/pulumi/automation";

/** Stands where a secret was. */
export const redacted = "[secret]";

/** Secrets shorter than this could be part of any ordinary word. */
const shortestSecret = 6;

/** The outputs without their secrets, also where a secret is part of another output. */
export function redact(outputs: OutputMap): Record<string, unknown> {
  const secrets = Object.values(outputs)
    .filter(({ secret }) => secret)
    .flatMap(({ value }) => texts(value))
    .flatMap(text => [text, ...passwordOf(text)])
    .filter(text => text.length >= shortestSecret)
    .sort((a, b) => b.length - a.length);
  const hide = (value: unknown): unknown => {
    if (typeof value === "string")
      return secrets.reduce((text, secret) => text.replaceAll(secret, redacted), value);
    if (Array.isArray(value)) return value.map(hide);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hide(inner)]));
  };
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { value, secret }]) => [name, secret ? redacted : hide(value)]),
  );
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}

/** The password inside a connection URL, percent-encoded and plain. */
function passwordOf(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { password } = new URL(text);
  return [password, decodeURIComponent(password)];
}

/** Writes the redacted outputs as JSON. */
export function writeOutputs(path: string, outputs: OutputMap): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(redact(outputs), null, 2)}\n`);
}
