/** Forms the values can be printed in. */
export const ProfileFormat = {
  /** Names, values and reasons for people. */
  Table: "table",
  /** Lines for postgresql.conf. */
  Conf: "conf",
  /** A map for `parameters` of an instance. */
  Yaml: "yaml",
} as const;
export type ProfileFormat = (typeof ProfileFormat)[keyof typeof ProfileFormat];
