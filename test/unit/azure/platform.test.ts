import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { parse } from "yaml";
import { AksPlatform, type AksPlatformArgs, LoginMode, PoolLayout } from "../../../src/azure/platform";
import { laterWindow } from "../../../src/azure/platform/check-window";
import { existingProblems, existingWarnings, type FoundCluster } from "../../../src/azure/platform/existing";
import { endpointOf, kubeconfigOf } from "../../../src/azure/platform/login";
import { type Answer, untilAllowed } from "../../../src/azure/platform/propagation";
import { tolerationOf } from "../../../src/azure/platform/render";
import { resolvePlatform } from "../../../src/azure/platform/resolve";
import { platformProblems } from "../../../src/azure/platform/validate";
import { validateInstance } from "../../../src/instance/validate";
import { promiseOf } from "../mocks";
import { deployer, goodCluster, handedOut, startAzureMocks, tenant } from "./azure";

const base: AksPlatformArgs = { location: "westeurope", apiServer: { authorizedRanges: ["203.0.113.0/24"] } };

function problems(args: Partial<AksPlatformArgs>, over: AksPlatformArgs = base): string[] {
  return platformProblems("shop", { ...over, ...args }).map(
    ({ argument, problem, remedy }) => `${argument}: ${problem} ${remedy}`,
  );
}

describe("arguments of AksPlatform", () => {
  it("nothing public without ranges", () => {
    assert.deepEqual(problems({}), []);
    assert.match(problems({ apiServer: undefined })[0] ?? "", /^apiServer.authorizedRanges: is missing/);
    assert.match(
      problems({ apiServer: { authorizedRanges: ["0.0.0.0/0"] } })[0] ?? "",
      /contains every address/,
    );
    assert.deepEqual(problems({ apiServer: { private: true } }), []);
    assert.match(
      problems({ apiServer: { private: true, authorizedRanges: ["10.0.0.0/8"] } })[0] ?? "",
      /private/,
    );
    const many = Array.from({ length: 201 }, (_, i) => `203.0.${i}.0/24`);
    assert.match(problems({ apiServer: { authorizedRanges: many } })[0] ?? "", /AKS takes 200/);
  });

  it("regions, zones and names are Azure's", () => {
    assert.match(problems({ location: undefined })[0] ?? "", /^location: is missing/);
    assert.match(problems({ location: "westeurop" })[0] ?? "", /Nearest is "westeurope"/);
    assert.deepEqual(problems({ location: "atlantiscentral", newRegion: true }), []);
    assert.match(problems({ location: "westus", zones: ["1"] })[0] ?? "", /^zones: .*which has none/);
    assert.match(problems({ zones: ["4"] })[0] ?? "", /is not a zone/);
    assert.match(problems({ name: "-shop" })[0] ?? "", /nearest is "shop"/);
    assert.match(problems({ postgresPool: { name: "PostgreSQL" } })[0] ?? "", /nearest is "postgresql1"/);
    assert.match(problems({ postgresPool: { vmSize: "Standard_D4_v5" } })[0] ?? "", /Standard_D4s_v5/);
    assert.match(problems({ postgresPool: { minCount: 3, maxCount: 1 } })[0] ?? "", /Nearest is 3/);
    assert.match(problems({ postgresPool: { labelKey: "kubernetes.azure.com/mode" } })[0] ?? "", /prefix/);
    assert.match(problems({ systemPool: { minCount: 1 } })[0] ?? "", /Nearest is 3/);
    assert.match(problems({ kubernetesVersion: "v1.34" })[0] ?? "", /Write for example "1.34"/);
    assert.match(problems({ kubernetesVersion: "1.34.1" })[0] ?? "", /changes by itself/);
  });

  it("ranges lie apart, inside the network, and are large enough for upgrades", () => {
    assert.match(problems({ network: { nodeSubnet: "10.0.0.0/24" } }).join(), /not inside addressSpace/);
    assert.match(problems({ network: { podRange: "10.224.0.0/16" } }).join(), /overlaps/);
    assert.match(
      problems({ network: { podRange: "10.244.0.0/21" } }).join(),
      /room for 8 nodes.*Make it \/20/,
    );
    assert.match(problems({ network: { serviceRange: "172.30.0.0/16" } }).join(), /which AKS keeps/);
    assert.match(
      problems({ network: { nodeSubnet: "10.224.0.1/20" } }).join(),
      /Nearest is "10.224.0.0\/20"/,
    );
  });

  it("a window, a login and administrators are as Azure takes them", () => {
    assert.match(problems({ upgrades: { window: { day: "Sonntag" } } })[0] ?? "", /upgrades.window.day/);
    assert.match(problems({ upgrades: { window: { hours: 2 } } })[0] ?? "", /Nearest is 4/);
    assert.match(
      problems({ login: { mode: LoginMode.ServicePrincipal } })[0] ?? "",
      /^login.clientId: is missing/,
    );
    assert.match(
      problems({ administrators: [{ principalId: "me", principalType: "user" }] }).join(),
      /"User"/,
    );
    assert.deepEqual(laterWindow("Sunday", "22:30"), { day: "Monday", start: "02:30" });
    assert.deepEqual(laterWindow("Sunday", "01:00"), { day: "Sunday", start: "05:00" });
  });

  it("an existing cluster keeps what it has", () => {
    const existing = { id: goodCluster.id };
    assert.deepEqual(problems({ existing }, {}), []);
    assert.match(problems({ existing }).join(), /^location: is given besides existing/);
    assert.match(problems({ existing: { id: "prod" } }, {}).join(), /az aks show --query id/);
    assert.match(problems({ existing: { clusterName: "prod" } }, {}).join(), /names no cluster/);
  });

  it("every layout has a node in every zone, and replaces a node in its zone", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(PoolLayout)),
        fc.subarray(["1", "2", "3"], { minLength: 1 }),
        fc.integer({ min: 1, max: 5 }),
        (layout, zones, minCount) => {
          const { postgresPools } = resolvePlatform("shop", {
            ...base,
            zones,
            postgresPool: { layout, minCount },
          });
          assert.deepEqual(postgresPools.flatMap(pool => pool.zones).sort(), [...zones].sort());
          for (const pool of postgresPools) {
            assert.equal(pool.maxSurge, pool.zones.length);
            assert.equal(pool.minCount, minCount * pool.zones.length);
            assert.ok(pool.maxCount >= pool.minCount && pool.name.length <= 12);
          }
        },
      ),
    );
  });
});

describe("an existing cluster", () => {
  const args = {
    existing: {
      id: goodCluster.id,
      nodeSelector: { workload: "postgres" },
      nodeTaints: ["workload=postgres:NoSchedule"],
    },
  };
  const found = (change: Partial<FoundCluster>, over: AksPlatformArgs = args): string[] =>
    existingProblems("shop", over, { ...goodCluster, ...change }).map(
      ({ problem, remedy }) => `${problem} ${remedy}`,
    );

  it("is taken when nothing is missing", () => {
    assert.deepEqual(found({}), []);
    assert.deepEqual(existingWarnings(goodCluster), []);
  });

  it("is refused with the command that gives what it lacks", () => {
    assert.match(found({ oidcIssuerProfile: {} })[0] ?? "", /--enable-oidc-issuer/);
    assert.match(found({ securityProfile: undefined })[0] ?? "", /--enable-workload-identity/);
    assert.match(found({ aadProfile: undefined })[0] ?? "", /--enable-azure-rbac/);
    assert.match(found({ provisioningState: "Failed" })[0] ?? "", /Succeeded/);
    assert.match(
      found({ agentPoolProfiles: [{ name: "system" }] })[0] ?? "",
      /met by no pool.*system: no labels/,
    );
    assert.match(
      found({}, { existing: { ...args.existing, nodeTaints: [] } })[0] ?? "",
      /lacks workload=postgres/,
    );
    const administrators = [{ principalId: deployer, principalType: "User" }];
    assert.match(
      found({ aadProfile: { managed: true } }, { ...args, administrators })[0] ?? "",
      /have no effect/,
    );
  });

  it("is warned of when it lets more happen than ours would", () => {
    const open = {
      ...goodCluster,
      disableLocalAccounts: false,
      networkProfile: {},
      apiServerAccessProfile: {},
      agentPoolProfiles: [],
    };
    assert.equal(existingWarnings(open).length, 4);
  });
});

describe("login to Kubernetes", () => {
  const login = (mode: LoginMode, clientId?: string) => ({
    mode,
    clientId,
    tenantId: tenant,
    propagationTimeout: 600,
  });

  for (const mode of Object.values(LoginMode))
    it(`by ${mode} is a kubeconfig without a secret`, () => {
      const text = kubeconfigOf("shop", endpointOf(handedOut), login(mode, deployer), "westeurope");
      const { users, clusters } = parse(text) as {
        users: { user: { exec: { command: string; args: string[] } } }[];
        clusters: { cluster: { server: string } }[];
      };
      const exec = users[0]?.user.exec;
      assert.equal(exec?.command, "kubelogin");
      assert.equal(exec?.args[exec.args.indexOf("--login") + 1], mode);
      assert.equal(exec?.args.includes("--client-id"), mode !== LoginMode.AzureCli);
      assert.equal(clusters[0]?.cluster.server, "https://shop.hcp.westeurope.azmk8s.io:443");
      assert.doesNotMatch(text, /secret|password|token-file|client-key/i);
    });

  it("in another cloud says so", () => {
    const text = kubeconfigOf("shop", endpointOf(handedOut), login(LoginMode.AzureCli), "usgovvirginia");
    assert.match(text, /AzureUSGovernmentCloud/);
  });

  it("says what is missing when Azure hands out nothing", () => {
    assert.throws(() => endpointOf(""), /without a cluster/);
  });

  async function wait(answers: Answer[]): Promise<number> {
    let time = 0;
    await untilAllowed(async () => answers.shift() ?? "denied", {
      timeoutMilliseconds: 60_000,
      intervalMilliseconds: 10_000,
      now: () => time,
      sleep: async milliseconds => void (time += milliseconds),
    });
    return time;
  }

  it("waits until Kubernetes knows of the role, and says why it did not", async () => {
    assert.equal(await wait(["denied", { error: "no such host." }, "allowed"]), 20_000);
    await assert.rejects(wait(["denied"]), /within 60 s. Whoever deploys must be among administrators/);
    const unreachable = Array.from({ length: 9 }, () => ({ error: "no such host." }));
    await assert.rejects(wait(unreachable), /could not be asked: no such host.*apiServer.authorizedRanges/);
  });

  it("taints are tolerated", () => {
    assert.deepEqual(tolerationOf("workload=postgres:NoSchedule"), {
      key: "workload",
      operator: "Equal",
      value: "postgres",
      effect: "NoSchedule",
    });
    assert.deepEqual(tolerationOf("sku:NoExecute"), { key: "sku", operator: "Exists", effect: "NoExecute" });
  });
});

for (const preview of [true, false])
  describe(`AksPlatform, ${preview ? "at preview" : "at update"}`, () => {
    it("makes a cluster, a pool for each zone, and a provider that is the cluster's", async () => {
      const recorder = await startAzureMocks({ preview });
      const platform = new AksPlatform("shop", { ...base, monitoring: { prometheus: true } });
      await recorder.settled();
      const cluster = recorder.named("shop-cluster");
      const { inputs } = cluster;
      assert.equal(inputs.disableLocalAccounts, true);
      assert.deepEqual(inputs.oidcIssuerProfile, { enabled: true });
      assert.deepEqual(inputs.apiServerAccessProfile, { authorizedIPRanges: ["203.0.113.0/24"] });
      assert.equal((inputs.networkProfile as { networkPolicy: string }).networkPolicy, "cilium");
      assert.ok(recorder.waitsFor(cluster, recorder.named("shop-network-role")));
      const pools = recorder.ofType("containerservice:AgentPool");
      assert.deepEqual(
        pools.map(pool => pool.inputs.availabilityZones),
        [["1"], ["2"], ["3"]],
      );
      for (const pool of pools) {
        assert.deepEqual(pool.inputs.nodeTaints, ["workload=postgres:NoSchedule"]);
        assert.ok(recorder.isProtected(pool));
        assert.deepEqual(pool.ignoreChanges, ["count"]);
        assert.ok(recorder.waitsFor(recorder.named("shop-kubernetes"), pool));
      }
      assert.ok(recorder.isProtected(cluster) && recorder.isProtected(recorder.named("shop-group")));
      assert.ok(recorder.waitsFor(recorder.named("shop-kubernetes"), recorder.named("shop-administrator-1")));
      assert.deepEqual(recorder.named("shop-administrator-1").hooks.afterCreate, [
        "shop-administrator-admitted",
      ]);
      assert.equal(recorder.ofType("monitor:DataCollectionRuleAssociation").length, 1);
      assert.equal(recorder.ofType("containerservice:MaintenanceConfiguration").length, 2);
      assert.doesNotThrow(() => validateInstance("orders", { scheduling: platform.scheduling }));
      if (preview) return;
      assert.equal(await promiseOf(platform.oidcIssuerUrl), "https://issuer.example/shop/");
      assert.equal(recorder.named("shop-kubernetes").inputs.clusterIdentifier, "shop-cluster-id");
      assert.match(String(await promiseOf(platform.kubeconfig)), new RegExp(tenant));
    });

    it("takes a resource group and workspaces that exist, and lets go when it is told to", async () => {
      const recorder = await startAzureMocks({ preview });
      new AksPlatform("shop", {
        ...base,
        resourceGroupName: "prod",
        protectCluster: false,
        monitoring: { logWorkspaceId: "/workspace" },
        administrators: [
          { principalId: deployer, principalType: "ServicePrincipal" },
          { principalId: tenant, principalType: "Group" },
        ],
      });
      await recorder.settled();
      assert.equal(recorder.find("shop-group"), undefined);
      assert.equal(recorder.find("shop-logs"), undefined);
      assert.equal(recorder.ofType("authorization:RoleAssignment").length, 3);
      assert.ok(recorder.resources.every(resource => !recorder.isProtected(resource)));
    });

    it("takes an existing cluster, and makes pools in it when asked", async () => {
      const recorder = await startAzureMocks({ preview });
      const platform = new AksPlatform("shop", {
        existing: { resourceGroupName: "prod", clusterName: "prod" },
        zones: ["1", "2", "3"],
        postgresPool: {},
      });
      await recorder.settled();
      assert.equal(recorder.ofType("containerservice:ManagedCluster").length, 0);
      assert.equal(recorder.ofType("containerservice:AgentPool").length, 3);
      assert.equal(await promiseOf(platform.location), "westeurope");
      assert.equal(await promiseOf(platform.clusterId), goodCluster.id);
    });
  });

describe("AksPlatform on an existing cluster that lacks something", () => {
  // A program of its own, because what is refused this late leaves promises behind that the process tells of at its end.
  it("ends the program with what it lacks", function () {
    this.timeout(30_000);
    const program = `
      const { startAzureMocks, goodCluster } = require("./azure");
      const { AksPlatform } = require("../../../src/azure");
      startAzureMocks({ preview: true, found: { ...goodCluster, oidcIssuerProfile: {} } })
        .then(() => new AksPlatform("shop", { existing: { id: goodCluster.id } }));`;
    const { status, stderr } = spawnSync(process.execPath, ["-e", program], {
      cwd: __dirname,
      encoding: "utf8",
    });
    assert.notEqual(status, 0);
    assert.match(
      stderr,
      /AksPlatform "shop": argument existing = "prod": has no OIDC issuer.*--enable-oidc-issuer/,
    );
  });
});
