/**
 * Client encodings and their other names, without the signs and the letter case that do not count.
 * MULE_INTERNAL is left out: there is no conversion between it and UTF8, so that no session could begin.
 * Source: src/common/encnames.c, pg_encname_tbl and pg_enc2name_tbl.
 */
const groups: readonly string[] = [
  "SQL_ASCII",
  "EUC_JP",
  "EUC_CN",
  "EUC_KR",
  "EUC_TW",
  "EUC_JIS_2004",
  "UTF8 unicode",
  "LATIN1 iso88591",
  "LATIN2 iso88592",
  "LATIN3 iso88593",
  "LATIN4 iso88594",
  "LATIN5 iso88599",
  "LATIN6 iso885910",
  "LATIN7 iso885913",
  "LATIN8 iso885914",
  "LATIN9 iso885915",
  "LATIN10 iso885916",
  "WIN1256 windows1256",
  "WIN1258 windows1258 abc tcvn tcvn5712 vscii",
  "WIN866 windows866 alt",
  "WIN874 windows874",
  "KOI8R koi8",
  "WIN1251 windows1251 win",
  "WIN1252 windows1252",
  "ISO_8859_5",
  "ISO_8859_6",
  "ISO_8859_7",
  "ISO_8859_8",
  "WIN1250 windows1250",
  "WIN1253 windows1253",
  "WIN1254 windows1254",
  "WIN1255 windows1255",
  "WIN1257 windows1257",
  "KOI8U",
  "SJIS mskanji shiftjis win932 windows932",
  "BIG5 win950 windows950",
  "GBK win936 windows936",
  "UHC win949 windows949",
  "GB18030",
  "JOHAB",
  "SHIFT_JIS_2004",
];

const letters = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

const canonicalNames: ReadonlyMap<string, string> = new Map(
  groups.flatMap(group => {
    const [canonical = "", ...others] = group.split(" ");
    return [canonical, ...others].map((name): [string, string] => [letters(name), canonical]);
  }),
);

/** The server's own name of a client encoding; undefined for one that it does not have. */
export function canonicalEncoding(name: string): string | undefined {
  // Longer names are refused before they are looked up: NAMEDATALEN.
  return name.length < 64 ? canonicalNames.get(letters(name)) : undefined;
}
