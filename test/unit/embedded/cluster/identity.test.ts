import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { logFileOf, pidFileOf } from "../../../../embedded/cluster/component";
import { etcdDir } from "../../../../embedded/cluster/control-plane";
import {
  clusterId,
  ensureIdentity,
  EtcdDataError,
  judgeEtcd,
  setDataAside,
} from "../../../../embedded/cluster/identity";
import { clusterLayout, Layout } from "../../../../embedded/cluster/layout";
import { objectStoreDataDir } from "../../../../embedded/cluster/object-store";
import { ownRecord } from "../../../../embedded/process";

describe("embedded/cluster/identity", () => {
  let dir: string;
  let layout: Layout;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "identity-"));
    layout = {
      ...clusterLayout(),
      clusterDir: join(dir, "cluster"),
      volumesDir: join(dir, "volumes"),
      logsDir: join(dir, "logs"),
      objectStoreDir: join(dir, "object-store"),
    };
    for (const folder of [layout.clusterDir, layout.volumesDir, layout.logsDir]) mkdirSync(folder);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("gives data one id for as long as there is data", () => {
    assert.equal(clusterId(layout), undefined);
    assert.ok(ensureIdentity(layout));
    const id = clusterId(layout);
    mkdirSync(etcdDir(layout));
    assert.ok(!ensureIdentity(layout));
    assert.equal(clusterId(layout), id);
    rmSync(etcdDir(layout), { recursive: true });
    assert.ok(ensureIdentity(layout));
    assert.notEqual(clusterId(layout), id);
  });

  it("sets data aside whole", () => {
    ensureIdentity(layout);
    mkdirSync(etcdDir(layout));
    writeFileSync(join(layout.volumesDir, "v.xfs"), "data");
    mkdirSync(objectStoreDataDir(layout), { recursive: true });
    writeFileSync(join(objectStoreDataDir(layout), "wal"), "archived");
    const aside = setDataAside(layout);
    assert.equal(readFileSync(join(aside, "volumes", "v.xfs"), "utf8"), "data");
    assert.equal(readFileSync(join(aside, "object-store", "wal"), "utf8"), "archived");
    assert.ok(!existsSync(objectStoreDataDir(layout)));
    assert.ok(existsSync(join(aside, "etcd")));
    assert.equal(clusterId(layout), undefined);
  });

  const judged = (log: string): Error => {
    writeFileSync(logFileOf(layout, "etcd"), log);
    return judgeEtcd(layout, new Error("not ready"));
  };

  it("blames the data when etcd says so", () => {
    assert.ok(judged("panic: failed to open database\ngoroutine 1\n") instanceof EtcdDataError);
    assert.ok(
      judged('{"level":"fatal","msg":"discovery failed","error":"walpb: crc mismatch"}\n') instanceof
        EtcdDataError,
    );
  });

  it("does not blame the data for the machine's troubles, or without a reason", () => {
    assert.ok(!(judged("panic: write db: no space left on device\n") instanceof EtcdDataError));
    assert.ok(
      !(judged("listen tcp 127.0.0.1:2379: bind: address already in use\n") instanceof EtcdDataError),
    );
    assert.ok(!(judged("") instanceof EtcdDataError));
  });

  it("does not judge an etcd that still runs", () => {
    mkdirSync(dirname(pidFileOf(layout, "etcd")), { recursive: true });
    writeFileSync(pidFileOf(layout, "etcd"), JSON.stringify(ownRecord()));
    assert.ok(!(judged("panic: corrupt\n") instanceof EtcdDataError));
  });
});
