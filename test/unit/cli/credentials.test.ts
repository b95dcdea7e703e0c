import * as assert from "node:assert/strict";
import { credentialsList, credentialsRotate } from "../../../src/cli/commands/credentials";
import { type Outcome, run } from "../../../src/cli/main";
import type { Manifest } from "../../../src/cnpg";
import { cronJobManifest } from "../../../src/jobs/job";
import { kinds } from "../../../src/operations/kubernetes";
import { InstantJobs, surroundings } from "./fake-cluster";

const layout = { width: 120, colour: false };

const cli = (...args: string[]): Promise<Outcome> =>
  run(args, {
    env: { KUBECONFIG: "/nowhere/kubeconfig" },
    layout: { width: 100, colour: false },
    progress: { write: () => undefined, every: () => () => undefined },
  });

const result = {
  ...{ active: "web_b", retired: "web_a", rotatedAt: "2026-11-28T10:15:00.123Z", secret: "front/web-db" },
  ...{ workloads: ["Deployment/web"], seconds: 154 },
};
const request = {
  ...{ mode: "rotate", namespace: "shop", database: "app" },
  logins: [{ role: "web_a" }, { role: "web_b" }],
  application: { namespace: "front", secret: "web-db" },
  workloads: [{ kind: "Deployment", name: "web" }],
};

/** A link `orders-web`, rotated every month, and one on demand. */
function cluster(answer: object | Error = result): InstantJobs {
  const api = new InstantJobs(() => answer);
  const add = (name: string, operation: string, suspend: boolean, status: object): void => {
    const labels = { "app.kubernetes.io/managed-by": "pulumi-cnpg" };
    const spec = {
      ...{ name, namespace: "shop", operation, request, image: "jobs:1", serviceAccountName: name, labels },
      activeDeadlineSeconds: 60,
    };
    const manifest = cronJobManifest(spec, { schedule: "0 3 1 * *", suspend }) as unknown as Manifest;
    api.add(kinds.cronJob, { ...manifest, metadata: { ...manifest.metadata, uid: "uid" }, status });
  };
  add("orders-web-rotate", "rotate", false, { lastSuccessfulTime: "2026-11-01T03:02:00Z" });
  add("orders-api-rotate", "rotate", true, {});
  add("logs-rotate", "other", false, {});
  add("orders-archive", "archive-survey", true, {});
  return api;
}

describe("credentials rotate", () => {
  const target = { namespace: "shop", link: "orders-web" };

  it("runs the rotation of the link now and says what came of it", async () => {
    const api = cluster();
    const { text, json, exitCode } = await credentialsRotate(target, layout, surroundings(api));
    assert.deepEqual(api.asked, [{ operation: "rotate", request }]);
    assert.deepEqual([json, exitCode], [result, 0]);
    assert.equal(
      text,
      [
        "shop/orders-web, login rotated",
        "",
        "login      web_b, since 2026-11-28T10:15:00Z",
        "retired    web_a",
        "Secret     front/web-db",
        "made anew  Deployment/web",
        "took       2 min 34 s",
      ].join("\n"),
    );
    const none = await credentialsRotate(target, layout, surroundings(cluster({ ...result, workloads: [] })));
    assert.match(none.text, /^made anew {2}nothing: the application reads its files again by itself$/m);
  });

  it("fails with the reason that the rotation gave, and names a link that is not there", async () => {
    const failed = cluster(new Error("pod web-1: CrashLoopBackOff."));
    await assert.rejects(
      credentialsRotate(target, layout, surroundings(failed)),
      /CrashLoopBackOff.*\(Job shop\//,
    );
    await assert.rejects(
      credentialsRotate({ ...target, link: "other" }, layout, surroundings(cluster())),
      /There is no CronJob shop\/other-rotate/,
    );
  });
});

describe("credentials list", () => {
  it("shows links whose logins take turns, and nothing else", async () => {
    const { text, json } = await credentialsList({ namespace: "shop" }, layout, surroundings(cluster()));
    assert.equal(
      text,
      [
        "shop, 2 links",
        "",
        "link        database  logins        schedule           last scheduled        Secret",
        "orders-api  app       web_a, web_b  on demand                                front/web-db",
        "orders-web  app       web_a, web_b  0 3 1 * * Etc/UTC  2026-11-01T03:02:00Z  front/web-db",
      ].join("\n"),
    );
    const { links } = json as { links: { link: string; workloads: string[] }[] };
    assert.deepEqual(
      links.map(({ link, workloads }) => [link, ...workloads]),
      [
        ["orders-api", "Deployment/web"],
        ["orders-web", "Deployment/web"],
      ],
    );
    const none = await credentialsList({ namespace: "other" }, layout, surroundings(cluster()));
    assert.equal(none.text, "No link of other has logins that take turns.");
  });
});

describe("the command line of credentials", () => {
  it("has help with examples, and answers wrong usage with 2 and a missing cluster with 1", async () => {
    for (const verb of ["rotate", "list"]) {
      const { exitCode, stdout } = await cli("credentials", verb, "--help");
      assert.equal(exitCode, 0);
      assert.match(stdout, new RegExp(`\nExamples:\n  pulumi-cnpg credentials ${verb} `));
      assert.ok(stdout.split("\n").every(line => line.length <= 100));
    }
    assert.equal((await cli("credentials", "rotate")).exitCode, 2);
    assert.equal((await cli("credentials", "rotate", "a", "--timeout", "0")).exitCode, 2);
    const { exitCode, stderr } = await cli("credentials", "rotate", "orders-web");
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: There is no kubeconfig/);
  });
});
