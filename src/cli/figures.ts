import { amountText, MiB } from "../parameters/amount";
import { timestampText } from "../timestamp";

export { durationText } from "../duration";

/** Bytes for people: `31.2 MiB`, also small ones: `730 B`, `12 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes >= MiB) return amountText(bytes);
  return bytes < 1024 ? `${bytes} B` : `${Math.round(bytes / 1024)} KiB`;
}

/** A time to the second: `2026-11-20T14:30:00Z`. */
export function timeText(time: string | undefined): string {
  if (time === undefined || time === "") return "";
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : timestampText(date);
}

/** `1 segment`, `3 segments`. */
export function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

/** What is not known is left out. */
export function filled(rows: [title: string, text: string | undefined][]): [string, string][] {
  return rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== "");
}
