import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  checkVersions,
  defaultImage,
  ExtensionPresence,
  extensionAvailability,
  flavourExtensionAvailability,
  ImageFlavour,
  isImageReference,
  isOfficialPostgresImage,
  isOperandImage,
  operatorSeries,
  parseImage,
  pinnedImages,
  pinnedVersions,
  postgresImage,
  postgresMajors,
  postgresSeries,
  postgresVersionProblem,
  preloadLibraries,
} from "../../../src/cnpg";

const today = new Date("2026-11-20T12:00:00Z");

describe("checkVersions", () => {
  it("accepts what is pinned without a word", () => {
    const { operator, plugin, kubernetes, postgresMajor } = pinnedVersions;
    assert.deepEqual(checkVersions({ operator, plugin, kubernetes, postgresMajor, today }), {
      errors: [],
      warnings: [],
    });
  });

  const refused: [string, Parameters<typeof checkVersions>[0], RegExp][] = [
    ["an old operator", { operator: "1.28.4" }, /CloudNativePG 1\.28 is too old/],
    ["something that is no version", { operator: "latest" }, /"latest" is not a version of the operator/],
    ["an old plugin", { operator: "1.30.0", plugin: "v0.5.0" }, /plugin 0\.5 is too old/],
    ["an old Kubernetes", { operator: "1.30.0", kubernetes: "v1.29.4-gke.1" }, /Kubernetes 1\.29 is too old/],
    ["an ended major", { operator: "1.30.0", postgresMajor: 13 }, /PostgreSQL 13 is not supported/],
    ["a beta", { operator: "1.30.0", postgresMajor: 19 }, /PostgreSQL 19 is not supported/],
  ];
  for (const [name, question, error] of refused) {
    it(`refuses ${name}`, () => {
      const { errors } = checkVersions(question);
      assert.equal(errors.length, 1);
      assert.match(errors[0]!, error);
    });
  }

  const warned: [string, Parameters<typeof checkVersions>[0], RegExp][] = [
    [
      "an ended major",
      { operator: "1.30.0", postgresMajor: 14, today },
      /PostgreSQL 14 has had no fixes since 2026-11-12/,
    ],
    [
      "an ended operator",
      { operator: "1.29.2", today },
      /CloudNativePG 1\.29 has had no fixes since 2026-09-29/,
    ],
    ["a newer operator", { operator: "1.31.0" }, /1\.31 is newer/],
    ["a newer plugin", { operator: "1.30.0", plugin: "0.15.0" }, /plugin 0\.15 is newer/],
    [
      "a Kubernetes that is only tested",
      { operator: "1.30.0", kubernetes: "1.33.1" },
      /tested but not supported/,
    ],
    ["a newer Kubernetes", { operator: "1.30.0", kubernetes: "1.37" }, /Kubernetes 1\.37 is newer/],
  ];
  for (const [name, question, warning] of warned) {
    it(`warns of ${name}`, () => {
      const { errors, warnings } = checkVersions(question);
      assert.deepEqual(errors, []);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, warning);
    });
  }

  it("judges ends of life from the day after on, and not without a day", () => {
    const on = (day: string): number =>
      checkVersions({ operator: "1.30.0", postgresMajor: 14, today: new Date(`${day}T23:00:00Z`) }).warnings
        .length;
    assert.deepEqual([on("2026-11-12"), on("2026-11-13")], [0, 1]);
    assert.deepEqual(checkVersions({ operator: "1.29.0", postgresMajor: 14 }), { errors: [], warnings: [] });
  });

  it("has a known major in every series", () => {
    for (const { postgresMajors: majors } of operatorSeries) {
      for (const major of majors) assert.ok(postgresSeries[major], String(major));
    }
  });
});

describe("images", () => {
  it("have a default for every major", () => {
    assert.equal(defaultImage(18), "ghcr.io/cloudnative-pg/postgresql:18.6-standard-trixie");
    assert.equal(
      defaultImage(17, ImageFlavour.minimal),
      "ghcr.io/cloudnative-pg/postgresql:17.11-minimal-trixie",
    );
    assert.throws(() => defaultImage(12), /known majors are 14, 15, 16, 17, 18/);
  });

  it("are found for versions as users write them", () => {
    assert.equal(postgresImage("17"), defaultImage(17));
    assert.equal(postgresImage("17.5"), "ghcr.io/cloudnative-pg/postgresql:17.5-standard-trixie");
    for (const wrong of ["", "latest", "17.", "017", "17.5.1", "v17", "13", "19"]) {
      assert.notEqual(postgresVersionProblem(wrong), undefined, wrong);
      assert.throws(() => postgresImage(wrong));
    }
  });

  it("name what their versions say", () => {
    assert.equal(pinnedImages.operator, "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0");
    assert.equal(pinnedImages.pluginSidecar, "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.14.0");
  });
});

describe("parseImage", () => {
  it("takes an operand image apart", () => {
    assert.deepEqual(parseImage("ghcr.io/cloudnative-pg/postgresql:18.6-standard-trixie"), {
      registry: "ghcr.io",
      repository: "cloudnative-pg/postgresql",
      tag: "18.6-standard-trixie",
      version: "18.6",
      major: 18,
      minor: 6,
      flavour: "standard",
      distribution: "trixie",
    });
  });

  const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
  const cases: [string, Partial<ReturnType<typeof parseImage>>][] = [
    ["postgres", { registry: "docker.io", repository: "library/postgres", tag: undefined, major: undefined }],
    [
      "postgres:17-alpine3.20",
      { registry: "docker.io", major: 17, minor: undefined, distribution: "alpine" },
    ],
    [
      "index.docker.io/library/postgres:16",
      { registry: "docker.io", repository: "library/postgres", major: 16 },
    ],
    ["localhost:5000/pg:15.4", { registry: "localhost:5000", repository: "pg", tag: "15.4", minor: 4 }],
    [
      `registry/team/pg@${digest}`,
      { registry: "docker.io", repository: "registry/team/pg", digest, major: undefined },
    ],
    [`ghcr.io/a/b:17.2@${digest}`, { registry: "ghcr.io", digest, version: "17.2" }],
    [
      "ghcr.io/cloudnative-pg/postgresql:19beta3-minimal-trixie",
      { major: 19, minor: undefined, prerelease: "beta3", version: "19beta3", flavour: "minimal" },
    ],
    [
      "ghcr.io/cloudnative-pg/postgis:18-3.6-system-trixie",
      { major: 18, minor: undefined, flavour: "system" },
    ],
    ["a/b:latest", { tag: "latest", major: undefined, version: undefined }],
    ["a/b:v17", { major: undefined }],
  ];
  for (const [reference, expected] of cases) {
    it(`reads ${reference}`, () => {
      const parsed = parseImage(reference);
      for (const [key, value] of Object.entries(expected)) {
        assert.equal(parsed[key as keyof typeof parsed], value, key);
      }
    });
  }

  it("tells what is no reference", () => {
    for (const wrong of ["", "a b", "Upper/case", "a:", ":17", "a//b", "a@sha256:12", "a/b:ta g"]) {
      assert.equal(isImageReference(wrong), false, wrong);
      assert.equal(parseImage(wrong).major, undefined);
    }
  });

  it("gives back what a reference is made of", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const registry = fc.constantFrom("ghcr.io", "localhost:5000", "registry.example.com:443");
    fc.assert(
      fc.property(
        registry,
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.nat(40),
        fc.nat(40),
        (host, parts, major, minor) => {
          const repository = parts.join("/");
          const image = parseImage(`${host}/${repository}:${major}.${minor}-standard-bookworm`);
          assert.deepEqual(
            [image.registry, image.repository, image.major, image.minor],
            [host, repository, major, minor],
          );
        },
      ),
    );
  });
});

describe("isOfficialPostgresImage", () => {
  it("knows Docker's image and its mirrors", () => {
    for (const image of [
      "postgres",
      "postgres:17",
      "docker.io/postgres:17",
      "docker.io/library/postgres:17-alpine",
      "mirror.gcr.io/library/postgres:16",
      "public.ecr.aws/docker/library/postgres:16",
    ]) {
      assert.equal(isOfficialPostgresImage(image), true, image);
    }
    for (const image of [
      "ghcr.io/cloudnative-pg/postgresql:18",
      "example.com/postgres:17",
      "team/postgres:17",
      "postgresql:17",
    ]) {
      assert.equal(isOfficialPostgresImage(image), false, image);
    }
    assert.equal(isOperandImage("example.com/mirror/cloudnative-pg/postgresql:18"), true);
    assert.equal(isOperandImage("example.com/cloudnative-pg/postgis:18"), false);
  });
});

describe("extensionAvailability", () => {
  const standard = defaultImage(18);
  const minimal = defaultImage(18, ImageFlavour.minimal);
  const cases: [string, string, number, ExtensionPresence, string?][] = [
    [standard, "pgcrypto", 18, ExtensionPresence.present],
    [minimal, "uuid-ossp", 18, ExtensionPresence.present],
    [minimal, "pg_stat_statements", 18, ExtensionPresence.present, "pg_stat_statements"],
    [standard, "pgaudit", 18, ExtensionPresence.present, "pgaudit"],
    [standard, "vector", 18, ExtensionPresence.present],
    [minimal, "vector", 18, ExtensionPresence.absent],
    [minimal, "pgaudit", 18, ExtensionPresence.absent, "pgaudit"],
    [standard, "postgis", 18, ExtensionPresence.absent],
    [standard, "timescaledb", 18, ExtensionPresence.absent, "timescaledb"],
    ["ghcr.io/cloudnative-pg/postgis:18-3.6-system-trixie", "postgis", 18, ExtensionPresence.present],
    ["timescale/timescaledb-ha:pg17", "timescaledb", 17, ExtensionPresence.present, "timescaledb"],
    ["registry.example.com/ours:17.2", "postgis", 17, ExtensionPresence.unknown],
    ["registry.example.com/ours:17.2", "hstore", 17, ExtensionPresence.present],
    [standard, "pg_walinspect", 14, ExtensionPresence.absent],
    [standard, "pg_walinspect", 15, ExtensionPresence.present],
    [standard, "adminpack", 16, ExtensionPresence.present],
    [standard, "adminpack", 17, ExtensionPresence.absent],
    [standard, "auto_explain", 18, ExtensionPresence.absent],
    [standard, "constructor", 18, ExtensionPresence.absent],
  ];
  for (const [image, extension, major, presence, library] of cases) {
    it(`${extension} in ${image} (${major}): ${presence}`, () => {
      const found = extensionAvailability(image, extension, major);
      assert.equal(found.presence, presence);
      assert.equal(found.preloadLibrary, library);
      assert.equal(found.problem !== undefined, presence === ExtensionPresence.absent);
    });
  }

  it("never takes away with a richer flavour", () => {
    const names = fc.constantFrom("pgcrypto", "vector", "pgaudit", "postgis", "adminpack", "pg_cron", "x");
    const majors = fc.constantFrom(...postgresMajors);
    fc.assert(
      fc.property(names, majors, (name, major) => {
        const has = (flavour: ImageFlavour): boolean =>
          flavourExtensionAvailability(flavour, name, major).presence === ExtensionPresence.present;
        assert.ok(!has(ImageFlavour.minimal) || has(ImageFlavour.standard));
        assert.equal(has(ImageFlavour.standard), has(ImageFlavour.system));
      }),
    );
  });

  it("names libraries to preload once and in order", () => {
    assert.deepEqual(preloadLibraries(["pgcrypto", "timescaledb", "pg_cron", "timescaledb"]), [
      "timescaledb",
      "pg_cron",
    ]);
  });
});
