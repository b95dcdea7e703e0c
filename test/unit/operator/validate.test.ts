import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import type { ArgumentProblem } from "../../../src/argument-error";
import { type CnpgOperatorArgs, OperatorSource, type OperatorSettingsArgs } from "../../../src/operator";
import { resolveOperator } from "../../../src/operator/resolve";
import { settingNames } from "../../../src/operator/settings";
import { operatorProblems, validateOperator } from "../../../src/operator/validate";

const checksum = "0".repeat(64);

function problems(args: CnpgOperatorArgs): ArgumentProblem[] {
  return operatorProblems("operator", args);
}

/** Each wrong argument alone gives one problem, at that argument. */
const wrong: [string, CnpgOperatorArgs, string, RegExp][] = [
  ["a source that does not exist", { source: "helmm" as OperatorSource }, "source", /Do you mean "helm"/],
  ["a version that is no version", { version: "newest" }, "version", /is not a full version.*"1\.30\.0"/],
  ["half a version", { version: "1.30" }, "version", /is not a full version/],
  [
    "a version outside the matrix",
    { version: "1.20.0", manifest: { operatorSha256: checksum }, plugin: { enabled: false } },
    "version",
    /too old for this package/,
  ],
  [
    "a version without a pin and without a checksum",
    { version: "1.29.2" },
    "manifest.operatorSha256",
    /is required for version 1\.29\.2/,
  ],
  [
    "a plugin outside the matrix",
    { plugin: { version: "0.5.0" }, manifest: { pluginSha256: checksum } },
    "plugin.version",
    /too old for this package/,
  ],
  [
    "a plugin version that is no version",
    { plugin: { version: "v0.14" } },
    "plugin.version",
    /is not a full version/,
  ],
  [
    "a plugin without a pin and without a checksum",
    { plugin: { version: "0.13.0" } },
    "manifest.pluginSha256",
    /is required/,
  ],
  [
    "Helm for a version whose chart is not known",
    { source: OperatorSource.Helm, version: "1.29.2", manifest: { operatorSha256: checksum } },
    "version",
    /has no known Helm chart/,
  ],
  ["an empty location", { manifest: { operator: "" } }, "manifest.operator", /is empty/],
  [
    "a location without TLS",
    { manifest: { plugin: "http://x.example.com/a" } },
    "manifest.plugin",
    /is neither a path nor an https URL/,
  ],
  [
    "a checksum that is none",
    { manifest: { operatorSha256: "abc" } },
    "manifest.operatorSha256",
    /is no SHA-256/,
  ],
  ["a namespace with capitals", { namespace: "CNPG" }, "namespace", /is no name of a namespace/],
  ["a namespace that is too long", { namespace: "a".repeat(64) }, "namespace", /at most 63/],
  [
    "a watched namespace with a star",
    { watchedNamespaces: ["orders", "team-*"] },
    "watchedNamespaces[1]",
    /is no name/,
  ],
  ["no watched namespace at all", { watchedNamespaces: [] }, "watchedNamespaces", /Leave it out/],
  ["no replica", { replicas: 0 }, "replicas", /at least 1/],
  ["half a replica", { replicas: 1.5 }, "replicas", /whole number/],
  ["no time", { readyTimeout: 0 }, "readyTimeout", /at least 10/],
  ["a negative delay", { rolloutDelays: { clusters: -1 } }, "rolloutDelays.clusters", /at least 0/],
  [
    "a quantity that is none",
    { resources: { memoryLimit: "768 MB" } },
    "resources.memoryLimit",
    /is no quantity/,
  ],
  [
    "a quantity of nothing",
    { resources: { cpuRequest: "0" } },
    "resources.cpuRequest",
    /is no quantity above zero/,
  ],
  [
    "a request above its limit",
    { resources: { memoryRequest: "1Gi", memoryLimit: "512Mi" } },
    "resources.memoryRequest",
    /is above the limit 512Mi/,
  ],
  [
    "a request above the default limit",
    { resources: { memoryRequest: "1Gi" } },
    "resources.memoryRequest",
    /is above the limit 768Mi/,
  ],
  [
    "a limit below the default request",
    { plugin: { resources: { memoryLimit: "64Mi" } } },
    "plugin.resources.memoryLimit",
    /64Mi is below the request 128Mi/,
  ],
  [
    "a setting with a slip",
    { settings: { inheritedLabel: ["a"] } as OperatorSettingsArgs },
    "settings.inheritedLabel",
    /Do you mean inheritedLabels/,
  ],
  [
    "a setting that is an argument",
    { settings: { watchNamespace: "a" } as OperatorSettingsArgs },
    "settings.watchNamespace",
    /It is the argument watchedNamespaces/,
  ],
  [
    "certificates without a life",
    { settings: { certificateDuration: 0, expiringCheckThreshold: -1 } },
    "settings.certificateDuration",
    /at least 1/,
  ],
  [
    "renewal all the time",
    { settings: { expiringCheckThreshold: 90 } },
    "settings.expiringCheckThreshold",
    /renewed all the time/,
  ],
  ["a pull policy", { imagePullPolicy: "ifnotpresent" }, "imagePullPolicy", /Do you mean "IfNotPresent"/],
  [
    "a pull policy of the Jobs",
    { jobs: { imagePullPolicy: "Sometimes" } },
    "jobs.imagePullPolicy",
    /Always, IfNotPresent, Never/,
  ],
  ["a registry with a scheme", { imageRegistry: "https://r.example.com" }, "imageRegistry", /without scheme/],
  ["a log level", { plugin: { logLevel: "loud" } }, "plugin.logLevel", /error, warning, info, debug, trace/],
  [
    "a scrape interval",
    { monitoring: { podMonitor: true, interval: "often" } },
    "monitoring.interval",
    /"30s"/,
  ],
  [
    "labels of a PodMonitor that is off",
    { monitoring: { labels: {} } },
    "monitoring.podMonitor",
    /would do nothing/,
  ],
  [
    "an override that is no object",
    { overrides: { "deployment/x": 1 } },
    'overrides["deployment/x"]',
    /Give the fields/,
  ],
];

describe("CnpgOperator validation", () => {
  it("accepts the defaults and everything at once", () => {
    assert.deepEqual(problems({}), []);
    assert.deepEqual(
      problems({
        source: OperatorSource.Helm,
        version: "1.30.0",
        namespace: "databases",
        watchedNamespaces: ["a", "b"],
        resources: { memoryLimit: "", cpuLimit: "2" },
        settings: { certificateDuration: 30, standbyTcpUserTimeout: 0 },
        imageRegistry: "localhost:5000/a/b",
        monitoring: { podMonitor: true, interval: "1m30s" },
        plugin: { enabled: true, version: "0.14.0" },
      }),
      [],
    );
  });

  it("does not judge a plugin that is off", () => {
    assert.deepEqual(problems({ plugin: { enabled: false, version: "0.1.0" } }), []);
  });

  for (const [what, args, argument, text] of wrong) {
    it(`refuses ${what}`, () => {
      const found = problems(args).filter(problem => problem.argument === argument);
      assert.equal(found.length, 1, JSON.stringify(problems(args)));
      const [{ problem, remedy, value } = { problem: "", remedy: "", value: "" }] = found;
      assert.match(`${String(value)} ${problem} ${remedy ?? ""}`, text);
      assert.ok(remedy !== undefined || /:/.test(problem), `no remedy: ${problem}`);
      assert.throws(() => validateOperator("operator", args), { name: "ArgumentError" });
    });
  }

  it("says everything that is wrong at once", () => {
    const found = problems({ replicas: 0, namespace: "_", readyTimeout: 1 }).map(({ argument }) => argument);
    assert.deepEqual(found.sort(), ["namespace", "readyTimeout", "replicas"]);
  });

  it("accepts whole numbers in range only", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: -5, max: 20 }), fc.double({ min: -5, max: 20, noNaN: true })),
        replicas => {
          const valid = Number.isInteger(replicas) && replicas >= 1;
          assert.equal(problems({ replicas }).length === 0, valid);
        },
      ),
    );
  });

  it("accepts as settings exactly what the operator knows", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), name => {
        const settings = { [name]: undefined } as OperatorSettingsArgs;
        const known = Object.hasOwn(settingNames, name);
        assert.equal(problems({ settings }).length === 0, known);
      }),
    );
  });

  it("writes every setting it accepts under the operator's name", () => {
    const texts = Object.keys(settingNames).map(name => [name, `value of ${name}`]);
    const data = resolveOperator({ settings: Object.fromEntries(texts) as OperatorSettingsArgs }).settings;
    assert.equal(Object.keys(data).length, texts.length);
    for (const [name, value] of texts) {
      assert.equal(data[settingNames[name as keyof OperatorSettingsArgs]], value);
    }
  });

  it("joins lists and rollout delays as the operator reads them", () => {
    const { settings } = resolveOperator({
      settings: { inheritedLabels: ["a", "b/*"] },
      rolloutDelays: { clusters: 0, instances: 5 },
      watchedNamespaces: ["x", "y"],
      imagePullSecrets: ["first", "second"],
    });
    assert.deepEqual(settings, {
      CLUSTERS_ROLLOUT_DELAY: "0",
      INHERITED_LABELS: "a,b/*",
      INSTANCES_ROLLOUT_DELAY: "5",
      PULL_SECRET_NAME: "first",
      WATCH_NAMESPACE: "x,y",
    });
  });
});
