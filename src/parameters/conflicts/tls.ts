import { type ConflictRule, firstGiven } from "./rule";

const versions: readonly string[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** The server does not start when no version is left. CloudNativePG's default is TLS 1.3 only. */
const range: ConflictRule = values => {
  const least = versions.indexOf(values.setting("ssl_min_protocol_version") ?? "");
  const most = versions.indexOf(values.setting("ssl_max_protocol_version") ?? "");
  if (least < 0 || most < 0 || least <= most) return [];
  return [
    values.refused(firstGiven(values, ["ssl_max_protocol_version", "ssl_min_protocol_version"]), {
      problem: `leaves no version of TLS: ${values.named("ssl_min_protocol_version")} is above ${values.named("ssl_max_protocol_version")}.`,
      remedy: `Write ${versions[most]} as ssl_min_protocol_version.`,
    }),
  ];
};

const ciphers: ConflictRule = values =>
  values.isGiven("ssl_ciphers") && values.setting("ssl_min_protocol_version") === "TLSv1.3"
    ? [
        values.warning("ssl_ciphers", {
          problem: "has no effect: it is for TLS 1.2 and older, and ssl_min_protocol_version is TLSv1.3.",
          remedy: "Leave it out, or allow TLSv1.2.",
        }),
      ]
    : [];

/** About TLS. */
export const tlsRules: readonly ConflictRule[] = [range, ciphers];
