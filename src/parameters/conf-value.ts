/** A value as it stands in a configuration file of PostgreSQL. */
export function confValue(value: string): string {
  const escaped = value.replace(/['\\]/g, "$&$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r");
  return `'${escaped}'`;
}
