/**
 * The names of a comma-separated list as the server reads it; undefined when its syntax is wrong.
 * Names without quotes are folded to lower case, names in double quotes are kept.
 * Source: src/backend/utils/adt/varlena.c, SplitIdentifierString.
 */
export function identifiers(text: string): string[] | undefined {
  const names: string[] = [];
  const item = /[ \t\n\r\f\v]*(?:"((?:[^"]|"")*)"|([^", \t\n\r\f\v][^, \t\n\r\f\v]*))[ \t\n\r\f\v]*(,|$)/y;
  if (/^[ \t\n\r\f\v]*$/.test(text)) return names;
  for (;;) {
    const match = item.exec(text);
    if (match === null) return undefined;
    const [, quoted, plain = "", separator] = match;
    names.push(quoted === undefined ? plain.toLowerCase() : quoted.replaceAll('""', '"'));
    if (separator === "") return names;
  }
}
