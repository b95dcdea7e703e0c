import { parseBytes } from "../quantity";
import { presentZone } from "./former-zones";

/**
 * What CloudNativePG's admission makes of a size: it knows decimal numbers and units only, and takes a bare number for MB.
 * Undefined for what it refuses.
 * Source: CloudNativePG 1.30, internal/webhook/v1/cluster_webhook.go, parsePostgresQuantityValue.
 */
export function admittedBytes(text: string): number | undefined {
  const withUnit = /^[+-]?\d+$/.test(text) ? `${text}MB` : text;
  if (!withUnit.endsWith("B")) return undefined;
  const size = withUnit.slice(0, -1).replaceAll(" ", "");
  const quantity = /^[+-]?\d+$/.test(size) ? size : `${size}i`.replaceAll("ki", "Ki");
  const bytes = parseBytes(quantity);
  return bytes === undefined ? undefined : Number(bytes);
}

/** Why a server of CloudNativePG's images refuses a time zone that others take; undefined when it does not. */
function zoneProblem(text: string): { problem: string; remedy: string } | undefined {
  const present = presentZone(text);
  return present === undefined
    ? undefined
    : {
        problem: "is a former name, which the operand images no longer have: the server would not start.",
        remedy: `Write ${present}.`,
      };
}

const sizes: readonly string[] = ["shared_buffers", "min_wal_size", "max_wal_size"];

/** Why CloudNativePG or its images refuse a value that the server takes; undefined when they do not. */
export function admissionProblem(
  name: string,
  text: string,
  shown: string,
): { problem: string; remedy: string } | undefined {
  if (sizes.includes(name) && admittedBytes(text) === undefined) {
    return {
      problem: "is a form that CloudNativePG does not read: it knows decimal numbers and units only.",
      remedy: `Write ${shown}.`,
    };
  }
  if (name === "wal_level" && text !== shown) {
    return {
      problem: "is a spelling that CloudNativePG does not read.",
      remedy: `Write ${shown}.`,
    };
  }
  return /^(?:log_)?timezone$/i.test(name) ? zoneProblem(text) : undefined;
}
