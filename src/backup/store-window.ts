/** Days of each unit. Source: Barman 3.20, retention_policies.py: a month has 31 days. */
const unitDays: Readonly<Record<string, number>> = { d: 1, w: 7, m: 31 };

/** Days of the recovery window in `spec.retentionPolicy` of an ObjectStore; undefined when it keeps for ever. */
export function storeWindowDays(retentionPolicy: string | undefined): number | undefined {
  const [, number = "", unit = ""] = /^(\d+)([dwm])$/.exec(retentionPolicy ?? "") ?? [];
  const days = unitDays[unit];
  return days === undefined ? undefined : Number(number) * days;
}
