import { amountText, MiB } from "../parameters/amount";
import { timestampText } from "../timestamp";

/** `12 s`, `3 min 20 s`, `2 h 5 min`; two units at most. */
export function durationText(seconds: number): string {
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} d${hours % 24 === 0 ? "" : ` ${hours % 24} h`}`;
  if (hours > 0) return `${hours} h${minutes === 0 ? "" : ` ${minutes} min`}`;
  return `${minutes} min${rest === 0 ? "" : ` ${rest} s`}`;
}

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
