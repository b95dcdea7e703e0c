import * as assert from "node:assert/strict";
import { ApiError } from "../../../src/operations/kubernetes";
import { barmanErrors, lastBarmanError } from "../../../src/operations/sidecar-log";
import { FakeApi } from "./fakes";

// As plugin-barman-cloud 0.14.0 wrote them.
const line = (logger: string, msg: string): string =>
  JSON.stringify({
    level: "info",
    ts: "2026-11-20T19:12:53.426Z",
    logger,
    msg,
    pipe: "stderr",
    logging_pod: "orders-g1-1",
  });
const refused =
  "2026-11-20 19:15:33,283 [110] ERROR: Barman cloud WAL archiver exception: HTTPConnection(host='10.0.0.1', port=10000): Failed to establish a new connection: [Errno 111] Connection refused";
const log = [
  line(
    "barman-cloud-wal-archive",
    "2026-11-20 19:12:53,426 [91] ERROR: Barman cloud WAL archiver exception: Server failed to authenticate the request.",
  ),
  line("barman-cloud-wal-archive", "RequestId:f0436f15-68ba-419c-99b2-d000d73c852d"),
  line(
    "barman-cloud-backup",
    "2026-11-20 19:17:01,601 [116] ERROR: Backup failed uploading data (The store is full.)",
  ),
  line("barman-cloud-wal-archive", refused),
  '{"level":"error","msg":"while taking backup","error":"exit status 1"}',
  "no JSON",
  "null",
].join("\n");

describe("what Barman complains of in the sidecar's log", () => {
  it("is found among everything else", () => {
    assert.deepEqual(
      barmanErrors(log).map(({ program, message }) => [program, message.slice(0, 40)]),
      [
        ["barman-cloud-wal-archive", "Barman cloud WAL archiver exception: Serve"],
        ["barman-cloud-backup", "Backup failed uploading data (The store i"],
        ["barman-cloud-wal-archive", "Barman cloud WAL archiver exception: HTTPC"],
      ].map(([program, message]) => [program, message?.slice(0, 40)]),
    );
  });

  it("is the last of a program", async () => {
    const api = new FakeApi();
    api.logs.set("shop/orders-g1-1", log);
    const last = (program?: string) => lastBarmanError(api, "shop", "orders-g1-1", program);
    assert.match((await last())?.message ?? "", /Connection refused$/);
    assert.match((await last("barman-cloud-backup"))?.message ?? "", /store is full/);
    assert.equal(await last("barman-cloud-restore"), undefined);
  });

  it("is nothing to those who may not read logs, and an error when the log cannot be read", async () => {
    const api = new FakeApi();
    api.log = () => Promise.reject(new ApiError("log", 403, "forbidden"));
    assert.equal(await lastBarmanError(api, "shop", "orders-g1-1"), undefined);
    api.log = () => Promise.reject(new ApiError("log", 500, "broken"));
    await assert.rejects(lastBarmanError(api, "shop", "orders-g1-1"), /broken/);
  });
});
