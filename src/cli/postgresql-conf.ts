import { UsageError } from "./result";

/**
 * Values of a configuration file in PostgreSQL's own form; of a name that stands twice, the last.
 * Form: src/backend/utils/misc/guc-file.l of PostgreSQL 18.
 * @throws UsageError naming the first line that is not understood
 */
export function readConf(text: string, file: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, quoted, plain] = settingForm.exec(line) ?? [];
    if (name === undefined) {
      throw new UsageError(
        `${file}, line ${i + 1}: ${JSON.stringify(line.trim())} is not "name = value". ` +
          "A value of more than one word, or with other signs, stands between '.",
      );
    }
    if (includes.includes(name.toLowerCase())) {
      throw new UsageError(`${file}, line ${i + 1}: ${name} is not followed. Give the included file itself.`);
    }
    for (const known of Object.keys(values)) {
      if (known.toLowerCase() === name.toLowerCase()) delete values[known];
    }
    values[name] = quoted === undefined ? (plain ?? "") : unquoted(quoted);
  }
  return values;
}

const letter = String.raw`[A-Za-z_\x80-\uffff]`;
const rest = String.raw`A-Za-z_0-9\x80-\uffff`;
const name = String.raw`${letter}[${rest}]*(?:\.${letter}[${rest}]*)?`;
const quoted = String.raw`'((?:[^'\\]|\\.|'')*)'`;
const word = String.raw`${letter}[${rest}.:/-]*`;
const integer = String.raw`[+-]?(?:0x[0-9a-fA-F]+|\d+)[A-Za-z]*`;
const real = String.raw`[+-]?\d*\.\d*(?:[eE][+-]?\d+)?`;
const settingForm = new RegExp(
  String.raw`^\s*(${name})(?:\s*=\s*|\s+)(?:${quoted}|(${word}|${integer}|${real}))\s*(?:#.*)?$`,
);

const includes = ["include", "include_if_exists", "include_dir"];

const escapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function unquoted(text: string): string {
  return text.replace(/''|\\([0-7]{1,3}|.)/g, (_, escaped: string | undefined) => {
    if (escaped === undefined) return "'";
    if (/^[0-7]/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped, 8) & 0xff);
    return escapes[escaped] ?? escaped;
  });
}
