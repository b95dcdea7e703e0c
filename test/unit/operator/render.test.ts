import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as fc from "fast-check";
import { stringify } from "yaml";
import type { Manifest } from "../../../src/cnpg/object";
import { type CnpgOperatorArgs, OperatorSource, PluginCertificates } from "../../../src/operator";
import { helmValues } from "../../../src/operator/helm";
import { admissionGateJob, certificatesJob, preflightJob } from "../../../src/operator/jobs";
import { mirrored } from "../../../src/operator/pins";
import {
  checkKeys,
  objectKey,
  overridden,
  renderNamespace,
  renderOperator,
  renderPlugin,
} from "../../../src/operator/render";
import { resolveOperator } from "../../../src/operator/resolve";
import { fixtureObjects, goldenPath } from "./fixtures";

const everything: CnpgOperatorArgs = {
  namespace: "databases",
  replicas: 2,
  resources: { cpuRequest: "200m", memoryLimit: "1Gi", cpuLimit: "1" },
  settings: { inheritedLabels: ["team", "example.com/*"], standbyTcpUserTimeout: 0, createAnyService: true },
  rolloutDelays: { clusters: 60, instances: 10 },
  watchedNamespaces: ["orders", "billing"],
  imageRegistry: "registry.example.com/mirror",
  imagePullPolicy: "Always",
  imagePullSecrets: ["registry", "other"],
  monitoring: { podMonitor: true, labels: { release: "prometheus" }, interval: "30s" },
  plugin: {
    certificates: PluginCertificates.CertManager,
    logLevel: "debug",
    resources: { memoryLimit: "512Mi" },
  },
  scheduling: {
    nodeSelector: { pool: "system" },
    tolerations: [{ key: "system", operator: "Exists" }],
    affinity: { nodeAffinity: {} },
    priorityClassName: "system-cluster-critical",
  },
  jobs: { image: "registry.example.com/jobs:1" },
  readyTimeout: 120,
};

function rendered(args: CnpgOperatorArgs): Manifest[] {
  const operator = resolveOperator(args);
  const plugin =
    operator.plugin === undefined ? [] : renderPlugin(fixtureObjects("plugin"), operator, operator.plugin);
  return [...renderNamespace(operator), ...renderOperator(fixtureObjects("operator"), operator), ...plugin];
}

function jobs(args: CnpgOperatorArgs): Manifest[] {
  const operator = resolveOperator(args);
  return [preflightJob, certificatesJob, admissionGateJob].flatMap(make => {
    const { access, job, cronJob } = make(operator);
    return [...access, job, ...(cronJob === undefined ? [] : [cronJob])];
  });
}

/** Compares with the golden file, or writes it when UPDATE_GOLDEN is set. */
function matchesGolden(name: string, value: unknown[]): void {
  const path = goldenPath(name);
  const text = value
    .map(item => stringify(item, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join("---\n");
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.ok(
    existsSync(path),
    `${path} does not exist: run the tests once with UPDATE_GOLDEN=1 and read what it wrote`,
  );
  assert.equal(text, readFileSync(path, "utf8"));
}

function find(objects: readonly Manifest[], key: string): Manifest {
  const found = objects.find(object => objectKey(object) === key);
  assert.ok(found, `${key} is not among ${objects.map(objectKey).join(", ")}`);
  return found;
}

interface Pod {
  spec: {
    replicas: number;
    template: { metadata: { annotations?: Record<string, string> }; spec: { containers: Container[] } };
  };
}

interface Container {
  image: string;
  args: string[];
  env: { name: string; value?: string }[];
}

function deployment(args: CnpgOperatorArgs, name: string): Pod["spec"] {
  return (find(rendered(args), `deployment/${name}`) as unknown as Pod).spec;
}

describe("CnpgOperator rendering", () => {
  it("renders the defaults", () => matchesGolden("default", [...rendered({}), ...jobs({})]));

  it("renders every argument", () =>
    matchesGolden("everything", [...rendered(everything), ...jobs(everything)]));

  it("renders what Helm leaves over, and the chart's values", () => {
    const args: CnpgOperatorArgs = { ...everything, source: OperatorSource.Helm };
    matchesGolden("helm", [helmValues(resolveOperator(args)), ...rendered(args)]);
  });

  it("gives the same when it reads its own result", () => {
    for (const args of [{}, everything]) {
      const operator = resolveOperator(args);
      const once = renderOperator(fixtureObjects("operator"), {
        ...operator,
        settings: {},
        replicas: 1,
        monitoring: {},
      });
      const twice = renderOperator(once, { ...operator, settings: {}, replicas: 1, monitoring: {} });
      assert.deepEqual(twice, once);
    }
  });

  it("leaves no trace of the released namespace, images, bundles or states", () => {
    const text = JSON.stringify(rendered(everything));
    for (const trace of [
      "cnpg-system",
      "testing",
      "0.0.0",
      "caBundle",
      "creationTimestamp",
      "storedVersions",
      "ghcr.io",
    ]) {
      assert.ok(!text.includes(trace), `${trace} is still there`);
    }
  });

  it("puts every namespaced object into the namespace and labels all", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
    fc.assert(
      fc.property(name, namespace => {
        for (const { kind, metadata } of [...rendered({ namespace }), ...jobs({ namespace })]) {
          if (metadata.namespace !== undefined) assert.equal(metadata.namespace, namespace, kind);
          assert.equal(metadata.labels?.["app.kubernetes.io/managed-by"], "pulumi-cnpg", kind);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("keeps the schema of definitions as released and lets them be taken over", () => {
    const released = find(fixtureObjects("operator"), "customresourcedefinition/clusters.postgresql.cnpg.io");
    const definition = find(rendered(everything), "customresourcedefinition/clusters.postgresql.cnpg.io");
    assert.deepEqual(definition["spec"], released["spec"]);
    assert.equal(definition.metadata.annotations?.["pulumi.com/patchForce"], "true");
    assert.equal(definition.metadata.annotations?.["pulumi.com/patchFieldManager"], "pulumi-cnpg");
    assert.equal(definition.metadata.annotations?.["controller-gen.kubebuilder.io/version"], "v0.1.0");
  });

  it("restarts the operator when its settings change, and only then", () => {
    const hash = (args: CnpgOperatorArgs): string | undefined =>
      deployment(args, "cnpg-controller-manager").template.metadata.annotations?.[
        "cnpg.pulumi.com/settings-hash"
      ];
    assert.equal(hash({}), undefined);
    const labels: CnpgOperatorArgs = { settings: { inheritedLabels: ["team"] } };
    assert.equal(hash(labels), hash({ ...labels, replicas: 3, plugin: { enabled: false } }));
    assert.notEqual(hash(labels), hash({ settings: { inheritedLabels: ["group"] } }));
  });

  it("sets the plugin's images, which its manifest takes from the main branch", () => {
    const [container] = deployment({}, "barman-cloud").template.spec.containers;
    assert.equal(container?.image, "ghcr.io/cloudnative-pg/plugin-barman-cloud:v0.14.0");
    assert.deepEqual(container?.env, [
      { name: "SIDECAR_IMAGE", value: "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.14.0" },
    ]);
    assert.deepEqual(container?.args, ["operator", "--leader-elect", "--log-level=info"]);
  });

  it("gives clusters and poolers images of the mirror, unless they are named", () => {
    const data = (args: CnpgOperatorArgs): unknown =>
      find(rendered(args), "configmap/cnpg-controller-manager-config")["data"];
    assert.deepEqual(data({ imageRegistry: "r.example.com" }), {
      PGBOUNCER_IMAGE_NAME: "r.example.com/cloudnative-pg/pgbouncer:1.25.1",
      POSTGRES_IMAGE_NAME: "r.example.com/cloudnative-pg/postgresql:18.4-system-trixie",
    });
    assert.deepEqual(
      (
        data({ imageRegistry: "r.example.com", settings: { postgresImageName: "x/y:18.6" } }) as Record<
          string,
          string
        >
      )["POSTGRES_IMAGE_NAME"],
      "x/y:18.6",
    );
  });

  it("finds an image's copy in a mirror", () => {
    assert.equal(mirrored("ghcr.io/a/b:1", undefined), "ghcr.io/a/b:1");
    assert.equal(mirrored("ghcr.io/a/b:1", "r.example.com:5000/m/"), "r.example.com:5000/m/a/b:1");
    assert.equal(mirrored("localhost/b@sha256:00", "r"), "r/b@sha256:00");
    assert.equal(mirrored("library/postgres", "r"), "r/library/postgres");
    assert.equal(mirrored("postgres:18", "r"), "r/postgres:18");
  });

  it("merges overrides over their object only and refuses keys that fit none", () => {
    const objects = rendered({});
    const overrides = { "deployment/barman-cloud": { spec: { replicas: 3, strategy: null } } };
    const changed = overridden(objects, overrides);
    const differing = changed.filter(
      (object, index) => JSON.stringify(object) !== JSON.stringify(objects[index]),
    );
    assert.deepEqual(differing.map(objectKey), ["deployment/barman-cloud"]);
    assert.equal((differing[0] as unknown as Pod).spec.replicas, 3);
    const keys = objects.map(objectKey);
    assert.doesNotThrow(() => checkKeys("operator", "overrides", overrides, keys));
    assert.throws(
      () => checkKeys("operator", "overrides", { "deployment/barman-clod": {} }, keys),
      /CnpgOperator "operator": argument overrides\["deployment\/barman-clod"\]: fits no object\. Do you mean "deployment\/barman-cloud"\?/,
    );
  });

  it("refuses a manifest without the operator's Deployment", () => {
    const operator = resolveOperator({});
    assert.throws(
      () => renderOperator(fixtureObjects("plugin"), operator),
      /manifest\.operator: holds no Deployment cnpg-controller-manager/,
    );
  });

  it("gives each Job a ServiceAccount with the rights of its operation and no others", () => {
    const rules = (make: typeof preflightJob): unknown =>
      make(resolveOperator({})).access.find(({ kind }) => kind.endsWith("Role"))?.["rules"];
    assert.deepEqual(rules(preflightJob), [
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
    ]);
    assert.deepEqual(rules(admissionGateJob), [
      { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["create"] },
    ]);
  });

  it("asks for admission again when the operator is another one, and not otherwise", () => {
    const name = (args: CnpgOperatorArgs): string | undefined =>
      admissionGateJob(resolveOperator(args)).job.metadata.name;
    assert.equal(name({}), name({ replicas: 2 }));
    assert.notEqual(name({}), name({ settings: { createAnyService: true } }));
    assert.notEqual(name({}), name({ imageRegistry: "r.example.com" }));
  });
});
