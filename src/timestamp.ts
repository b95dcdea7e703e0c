const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** A time as RFC 3339 writes it, with its zone; undefined for every other text, also for days that no month has. */
export function readTimestamp(text: string): Date | undefined {
  const parts = rfc3339.exec(text);
  if (parts === null) return undefined;
  const [year = NaN, month = NaN, day = NaN] = parts.slice(1).map(Number);
  const time = new Date(text);
  const exists = day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  return exists && !Number.isNaN(time.getTime()) ? time : undefined;
}

/** A time to the second, as RFC 3339 writes it: `2026-02-09T02:00:03Z`. */
export function timestampText(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ctime = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})$/;

/**
 * A time as C's `ctime` writes it: `Tue Oct 20 11:52:31 2020`. It names no zone; Barman writes it in that of its container, which is UTC.
 */
export function readCtime(text: string): Date | undefined {
  const [, name = "", day = "", time = "", year = ""] = ctime.exec(text) ?? [];
  const month = monthNames.indexOf(name) + 1;
  if (month === 0) return undefined;
  return readTimestamp(`${year}-${String(month).padStart(2, "0")}-${day.padStart(2, "0")}T${time}Z`);
}
