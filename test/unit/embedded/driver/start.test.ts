import * as assert from "node:assert/strict";
import { interruptible, UsageError } from "../../../../embedded/driver/command";
import { breakdown } from "../../../../embedded/driver/report";
import { missingForEmbedded } from "../../../../embedded/driver/requirements";
import { isStale } from "../../../../embedded/driver/run-record";
import { bytes } from "../../../../embedded/driver/size";
import { connectionFromUrl } from "../../../../embedded/driver/sql";
import { startOptions } from "../../../../embedded/driver/start-options";

describe("the command line of npm start", () => {
  it("means the embedded cluster and stack dev when nothing is given", () => {
    const expected = { stack: "dev", noInstall: false, realPlugins: false, json: false, verbose: false };
    assert.deepEqual(startOptions([]), expected);
  });

  it("takes every flag", () => {
    const argv = [
      "--context",
      "kind",
      "--stack",
      "prod",
      "--no-install",
      "--real-plugins",
      "--json",
      "--verbose",
    ];
    const expected = {
      context: "kind",
      stack: "prod",
      noInstall: true,
      realPlugins: true,
      json: true,
      verbose: true,
    };
    assert.deepEqual(startOptions(argv), expected);
  });

  for (const argv of [["--contxt", "kind"], ["kind"], ["--context"], ["--json=yes"]]) {
    it(`refuses ${argv.join(" ")}`, () => assert.throws(() => startOptions(argv), UsageError));
  }
});

describe("what the embedded cluster needs", () => {
  it("is there on Linux as root with Go", () => {
    assert.equal(missingForEmbedded({ platform: "linux", uid: 0, go: true }), undefined);
  });

  for (const [machine, what] of [
    [{ platform: "darwin", uid: 0, go: true }, /runs on Linux only; this is darwin/],
    [{ platform: "linux", uid: 1000, go: true }, /needs root/],
    [{ platform: "linux", uid: 0, go: false }, /no `go` on PATH/],
  ] as const) {
    it(`is missed with the ways around it: ${what.source}`, () => {
      const sentence = missingForEmbedded(machine) ?? "";
      assert.match(sentence, what);
      assert.match(sentence, /--context/);
      assert.match(sentence, /pulumi\.com\/docs\/install/);
    });
  }
});

describe("the state of a stack", () => {
  const record = { stack: "dev", cluster: { kubeconfig: "k" }, clusterId: "one" };

  it("is stale when the cluster was built anew", () => {
    assert.equal(isStale(record, "two"), true);
    assert.equal(isStale(record, "one"), false);
  });

  it("is not stale without a record or without an id", () => {
    assert.equal(isStale(undefined, "two"), false);
    assert.equal(isStale({ stack: "dev", cluster: { context: "c" } }, undefined), false);
  });
});

describe("an interruption", () => {
  it("ends the wait, and not a wait that is over", async () => {
    const controller = new AbortController();
    const endless = interruptible(new Promise(() => undefined), controller.signal);
    assert.equal(await interruptible(Promise.resolve(1), controller.signal), 1);
    controller.abort(new Error("stop"));
    await assert.rejects(endless, /stop/);
  });
});

describe("a connection URL", () => {
  it("gives its parts decoded", () => {
    const connection = connectionFromUrl(
      "postgresql://app:p%40ss@orders.default.svc:6543/my%20db?sslmode=verify-full",
      "CA",
    );
    const expected = {
      host: "orders.default.svc",
      port: 6543,
      database: "my db",
      user: "app",
      password: "p@ss",
      ca: "CA",
    };
    assert.deepEqual(connection, expected);
  });

  it("is refused without being repeated when it is none", () => {
    assert.throws(
      () => connectionFromUrl("mysql://app:hunter22@host", "CA"),
      (error: Error) => !error.message.includes("hunter22"),
    );
  });
});

describe("what is told at the end", () => {
  it("leaves short steps out of the breakdown", () => {
    const step = { startedAt: 3, failed: false };
    const text = breakdown([
      { ...step, title: "short", seconds: 0.1 },
      { ...step, title: "long", seconds: 61 },
    ]);
    assert.match(text, /3\.0 s\s+1 min 01 s {2}long/);
    assert.doesNotMatch(text, /short/);
  });

  it("gives sizes in binary units", () => {
    assert.deepEqual([0, 1023, 1024, 5_000_000_000].map(bytes), ["0 B", "1023 B", "1.0 KiB", "4.7 GiB"]);
  });
});
