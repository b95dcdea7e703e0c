import type { CronProblem } from "./cron-field";

/** Where a schedule counts when nobody says otherwise, and where CloudNativePG always does. */
export const defaultTimeZone = "Etc/UTC";

/** What is wrong with the time zone of a CronJob: Kubernetes knows only names, as the time zone database writes them, with their capitals. */
export function timeZoneProblem(value: string): Required<CronProblem> | undefined {
  const canonical = canonicalTimeZone(value);
  const wellFormed = /^[A-Z][\w.+-]{0,13}(\/[A-Z][\w.+-]{0,13})*$/.test(value);
  const sameButCase = canonical?.toLowerCase() === value.toLowerCase() && canonical !== value;
  if (canonical !== undefined && wellFormed && !sameButCase) return undefined;
  const meant = sameButCase ? canonical : "Europe/Berlin";
  return {
    problem: "is not the name of a time zone.",
    remedy: `Write it as the IANA database does, ${sameButCase ? "" : "for example "}"${meant}".`,
  };
}

function canonicalTimeZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
