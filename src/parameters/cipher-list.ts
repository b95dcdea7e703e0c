/** Suites without authentication, without encryption, or with keys that can be found. */
const weak =
  /^(?:e?null|anull|adh|aecdh|exp(?:ort)?(?:40|56|1024)?|low|rc2|rc4|md5|complementof(?:all|default))$/i;

/**
 * Whether an OpenSSL list of cipher suites lets in some that do not protect a connection.
 * Words behind `!` and `-` take suites out, words behind `+` only move them.
 */
export function allowsWeakCiphers(list: string): boolean {
  const words = list.split(/[:,; ]+/);
  const banned = words.filter(word => word.startsWith("!")).map(word => word.slice(1).toLowerCase());
  const added = words.filter(word => !/^[!+@-]/.test(word));
  return added.some(word => {
    if (/^all$/i.test(word)) return !banned.includes("anull");
    const parts = word.split(/[+-]/).filter(part => part !== "");
    return parts.some(part => weak.test(part)) || /(?:^|-)des-cbc-|^des$/i.test(word);
  });
}
