import { checkChoice, type Report } from "../../report";
import { checkCount } from "../report";
import type { MaintenanceWindowArgs } from "./args";

const days = Object.fromEntries(
  ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"].map(day => [day, day]),
);

/** Source: "Use planned maintenance to schedule and control upgrades for your AKS cluster", Microsoft Learn, 2025. */
export function checkWindow(window: MaintenanceWindowArgs | undefined, report: Report): void {
  if (window === undefined) return;
  checkChoice("upgrades.window.day", window.day, days, report);
  checkCount("upgrades.window.hours", window.hours, [4, 24], "in hours", report);
  if (window.start !== undefined && !/^([01]\d|2[0-3]):[0-5]\d$/.test(window.start))
    report("upgrades.window.start", window.start, "is no time of day.", 'Write for example "01:00".');
  if (window.utcOffset !== undefined && !/^[+-](0\d|1[0-4]):[0-5]\d$/.test(window.utcOffset))
    report(
      "upgrades.window.utcOffset",
      window.utcOffset,
      "is no difference to UTC.",
      'Write for example "+01:00".',
    );
}

/** The window of the nodes: four hours after that of the cluster, on the day after where it passes midnight. */
export function laterWindow(day: string, start: string): { day: string; start: string } {
  const [hours = 0, minutes = 0] = start.split(":").map(Number);
  const names = Object.keys(days);
  const later = hours + 4;
  const index = (names.indexOf(day) + (later >= 24 ? 1 : 0)) % 7;
  const two = (value: number): string => String(value).padStart(2, "0");
  return { day: names[index] ?? day, start: `${two(later % 24)}:${two(minutes)}` };
}
