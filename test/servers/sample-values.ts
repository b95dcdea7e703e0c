import { type ParameterDefinition, ParameterType } from "../../src/parameters/definition";

/** Values of one parameter that are likely to be read in different ways: bounds, units, spellings, garbage. */
export function sampleValues(definition: ParameterDefinition): string[] {
  const own = definition.default === undefined ? [] : [definition.default];
  return [...new Set([...own, ...byType(definition)])].filter(isOneLine);
}

// ALTER SYSTEM refuses line breaks, which a configuration file cannot hold either.
function isOneLine(text: string): boolean {
  return !/[\r\n\0]/.test(text);
}

function byType(definition: ParameterDefinition): string[] {
  switch (definition.type) {
    case ParameterType.Bool:
      return booleans;
    case ParameterType.Enum:
      return choices(definition);
    case ParameterType.Integer:
      return [...numbers(definition), ...wholeSpellings];
    case ParameterType.Real:
      return [...numbers(definition), ...realSpellings];
    case ParameterType.String:
      return textValues(definition.name.toLowerCase());
  }
}

function textValues(name: string): string[] {
  return name.startsWith("lc_") ? locales : [...texts, ...(textsOf[name] ?? [])];
}

/** Blanks count, so that the values are divided by a character that none of them has. */
function divided(...parts: string[]): string[] {
  return parts.join("¦").split("¦");
}

const booleans = divided(
  "on¦off¦true¦false¦yes¦no¦1¦0¦ON¦False¦yEs¦tRUE¦t¦tr¦tru¦f¦fa¦fals¦y¦ye¦n¦o¦of",
  "¦ on¦on ¦\ton¦truee¦01¦2¦-1¦enabled¦none¦null¦default¦0x1¦on,off",
);

/** Words that some enum takes without listing it, and words of other builds. */
const enumWords = divided(
  "true¦false¦yes¦no¦on¦off¦1¦0¦t¦y¦of¦TRUE¦debug¦info¦log¦archive¦hot_standby¦try¦auto¦none¦all¦default",
  "pglz¦lz4¦zstd¦io_uring¦syncfs¦clone¦¦ on¦garbage",
);

function choices({ values = [] }: ParameterDefinition): string[] {
  const [first = "on"] = values.filter(value => value !== "");
  const spelled = [
    first.toUpperCase(),
    `${first} `,
    ` ${first}`,
    first.slice(0, -1),
    `${first}x`,
    `"${first}"`,
  ];
  return [...values, ...spelled, ...enumWords];
}

/** Numbers at the bounds and in every unit. */
function numbers({ min = -1e9, max = 1e9, unit }: ParameterDefinition): string[] {
  const near = [min, max].flatMap(bound => [-1, -0.6, -0.4, 0, 0.4, 1].map(distance => bound + distance));
  const middle = [min + (max - min) / 2, Math.floor(min / 2 + max / 4)];
  const plain = [...near, ...middle].filter(Number.isFinite).map(String);
  return [
    ...plain,
    ...Object.keys(unitSizes).flatMap(name => inUnit(name, min, max, unit)),
    ...unitSpellings,
  ];
}

/** Bytes and microseconds; only the proportions matter. */
const unitSizes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
  us: 1,
  ms: 1e3,
  s: 1e6,
  min: 60e6,
  h: 3600e6,
  d: 86_400e6,
};

/** The bounds in another unit, a little inside and a little outside, and fractions that have to be rounded. */
function inUnit(name: string, min: number, max: number, unit: string | undefined): string[] {
  const [, count = "", base = ""] = /^(\d*)(\w+)$/.exec(unit ?? "") ?? [];
  const size = (unitSizes[base] ?? 1) * (count === "" ? 1 : Number(count));
  const ratio = size / (unitSizes[name] as number);
  const values = [min * ratio, max * ratio].flatMap(bound => [
    Math.floor(bound),
    Math.ceil(bound),
    bound + 0.5,
  ]);
  // Numbers that JavaScript writes without exponent.
  const plain = [...values, 0, 1, 1.5, 30.1, -1].filter(value => Math.abs(value) < 1e21);
  return plain.map(value => `${value}${name}`);
}

const unitSpellings = divided(
  "1 kB¦1kB ¦ 8kB¦8 MB¦1  GB¦1kb¦1KB¦1Mb¦1mb¦1gb¦1k¦1M¦1G¦1GiB¦2Mi",
  "0.5MB¦0.001GB¦0.0001kB¦1e-3GB¦1e3kB¦0x10MB¦010kB¦1.5.MB¦1,5GB¦1MBx¦1 M B",
  "1 min¦1m¦1M¦1sec¦1S¦1hour¦2H¦1.5h¦0.5ms¦0.0004s¦100 us¦1d12h¦1w¦1ns",
);

const wholeSpellings = divided(
  "¦ ¦-¦+¦abc¦0¦-0¦+5¦--5¦ 7¦7 ¦\t7¦1 2¦1_000¦1,000¦12abc",
  "0x10¦0X1f¦0x¦0xg¦-0x5¦010¦0777¦08¦09¦0b1¦1e2¦1E2¦1e¦1e+¦1e1.5",
  "0.5¦1.5¦2.5¦-0.5¦3.4999¦1.¦.5¦.¦5.e1¦1e-5¦1e400¦1e10¦-1e10",
  "2147483647¦2147483648¦-2147483648¦-2147483649¦9223372036854775807¦9223372036854775808",
  "99999999999999999999¦nan¦NaN¦inf¦infinity¦on¦true¦none¦１２",
);

const realSpellings = divided(
  "¦ ¦-¦+¦abc¦0¦-0¦+0.5¦--5¦ 0.7¦0.7 ¦1 2¦1_0¦1,5¦0.5x¦0.1.2",
  "0x10¦0x1p-2¦0x1.8p1¦0x¦010¦08¦1e2¦1e¦1e-5¦5.¦.5¦.¦5.e-1¦1e400",
  "1e-400¦1e308¦1.7976931348623157e308¦1.8e308¦-1.8e308¦4.9e-324¦2.2250738585072014e-308",
  "0.1¦0.123456789012345678¦0.30000000000000004¦123456789.123456789¦1e-7¦100000000000000000000",
  "nan¦NAN¦nan(1)¦inf¦-inf¦Infinity¦infin¦on¦true¦none",
);

const texts = divided(
  '¦ ¦abc¦a,b¦a, b¦"quoted"¦"open¦it\'s¦back\\slash¦x=y¦*¦on¦1¦-1¦%m [%p] ',
  `naïve¦two  blanks¦ led¦trailed ¦${"a".repeat(63)}¦${"a".repeat(64)}¦${"b".repeat(300)}¦a,,b¦,a¦a,`,
);

/** Few that depend on the machine. */
const locales = divided('C¦POSIX¦xx_XX¦abc¦¦ ¦a,b¦*¦naïve¦two words¦-1¦%m¦C ¦ C¦x=y¦"C"');

const zones = divided(
  "UTC¦utc¦GMT¦Europe/Berlin¦europe/berlin¦EUROPE/BERLIN¦Etc/GMT+5¦etc/utc¦EST5EDT¦PST8PDT",
  "<+03>-3¦FOO5¦FOO5BAR¦-5¦5.5¦+02:00¦5:30¦1e1¦interval '1' hour¦Nowhere/Land",
  "posixrules¦localtime¦Asia/Calcutta¦Asia/Kolkata¦Factory¦Z¦zulu¦Europe/Kyiv¦posix/UTC",
  "right/UTC¦UTC+3¦Europe/Berlin ¦CET¦MST7¦Europe¦../UTC¦Etc/../UTC¦99¦168¦1000¦-0.25¦+02",
);

/** By name in lower case: what the check hooks of string parameters look at. */
const textsOf: Readonly<Record<string, string[]>> = {
  backtrace_functions: divided("f¦f,g¦f g¦f-1¦f\tg¦f;¦F_1¦é"),
  client_encoding: divided(
    "UTF8¦utf-8¦utf_8¦unicode¦latin1¦LATIN9¦iso_8859-1¦ISO88591¦win1252¦windows-1252¦sql_ascii",
    "sjis¦MULE_INTERNAL¦latin99¦euc_jp¦koi8¦UTF16¦utf 8¦U T F 8",
  ),
  createrole_self_grant: divided("set¦inherit¦set, inherit¦SET¦set inherit¦set,set¦grant¦set,grant"),
  datestyle: divided(
    "ISO¦iso, dmy¦ISO, DMY, MDY¦German¦german, ymd¦SQL, European¦postgres¦PostgreSQL¦us",
    'NonEuropean¦euro¦default¦ISO, default¦iso dmy¦iso;dmy¦ISO,SQL¦YMD¦"ISO", "YMD"',
    "German, German¦noneuro¦postgresx¦eur¦USA¦isox¦german, default¦default, german",
  ),
  debug_io_direct: divided("data¦wal¦wal_init¦data, wal¦DATA¦data wal¦all¦on"),
  default_table_access_method: divided("heap¦HEAP¦nothing"),
  default_tablespace: divided("pg_default¦nowhere"),
  default_text_search_config: divided(
    "english¦pg_catalog.english¦nowhere.english¦pg_catalog.nothing¦a.b.c.d",
  ),
  local_preload_libraries: divided("nothing¦$libdir/plugins/x"),
  log_connections: divided(
    "on¦off¦true¦yes¦1¦0¦ON¦all¦receipt¦receipt,authentication¦all,receipt¦setup_durations",
    "authorization, setup_durations¦on,off¦receipt,on¦tr¦none¦Receipt",
  ),
  log_timezone: zones,
  "plpgsql.extra_errors": divided("all¦none¦too_many_rows¦all,none¦TOO_MANY_ROWS¦strict_multi_assignment"),
  "plpgsql.extra_warnings": divided("all¦none¦shadowed_variables¦shadowed_variables,too_many_rows¦none,none"),
  restrict_nonsystem_relation_kind: divided("view¦foreign-table¦view, foreign-table¦VIEW¦table¦view,table"),
  search_path: divided('"$user", public¦public¦a b¦a, "B c"¦a.b¦"a""b"¦"a"b¦ä'),
  session_preload_libraries: divided("nothing¦/tmp/nothing"),
  ssl_ciphers: divided("HIGH¦HIGH:!aNULL¦nothing"),
  ssl_groups: divided("prime256v1¦X25519:prime256v1¦nothing"),
  timezone: zones,
  timezone_abbreviations: divided("Default¦default¦Australia¦India¦Def-ault¦nothing"),
  wal_consistency_checking: divided(
    "all¦heap¦heap,btree¦HEAP2, Sequence¦xlog¦heap,nothing¦all,heap¦gin,gist,hash,spgist,brin",
    "generic¦logicalmsg¦transaction",
  ),
};
