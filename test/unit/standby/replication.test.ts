import * as assert from "node:assert/strict";
import fc from "fast-check";
import { lsnText } from "../../../src/backup/archive/wal-name";
import { bytesBehind, readPrimary, readSourceLag, readStandby } from "../../../src/standby/replication";

const nobody = { application_name: null, client_addr: null, state: null, sync_state: null };
const nowhere = { flush_lsn: null, replay_lsn: null, flush_lag_ms: null, replay_lag_ms: null };
const primary = { lsn: "0/6000100", timeline: 3 };

const row = (more: object): Record<string, unknown> => ({
  ...primary,
  ...nobody,
  ...nowhere,
  application_name: "orders-g1-2",
  client_addr: "10.0.0.2",
  state: "streaming",
  sync_state: "async",
  ...more,
});

describe("a primary's word on who follows it", () => {
  it("is its own position when nobody does", () => {
    assert.deepEqual(readPrimary([{ ...primary, ...nobody, ...nowhere }]), { ...primary, followers: [] });
    assert.equal(readPrimary([]), undefined);
  });

  it("has lag in bytes and in milliseconds", () => {
    const said = readPrimary([
      row({ flush_lsn: "0/6000100", replay_lsn: "0/6000000", flush_lag_ms: 0.7, replay_lag_ms: 12.4 }),
    ]);
    assert.deepEqual(said?.followers, [
      {
        name: "orders-g1-2",
        address: "10.0.0.2",
        state: "streaming",
        syncState: "async",
        receivedLsn: "0/6000100",
        replayedLsn: "0/6000000",
        lagBytes: 256,
        unreceivedBytes: 0,
        lagMs: 12,
        flushLagMs: 0,
      },
    ]);
  });

  it("does not let an idle primary look as if its standbys fell behind", () => {
    // What the server measured last stays for a while, then it is forgotten.
    for (const measured of [4711, null]) {
      const [follower] =
        readPrimary([row({ flush_lsn: primary.lsn, replay_lsn: primary.lsn, replay_lag_ms: measured })])
          ?.followers ?? [];
      assert.deepEqual([follower?.lagBytes, follower?.lagMs], [0, 0]);
    }
  });

  it("does not guess a time that was not measured", () => {
    const [follower] =
      readPrimary([row({ flush_lsn: primary.lsn, replay_lsn: "0/5000000" })])?.followers ?? [];
    assert.deepEqual(
      [follower?.lagBytes, follower?.lagMs, "lagMs" in (follower ?? {})],
      [16_777_472, undefined, false],
    );
  });
});

describe("a standby's word", () => {
  it("counts what it restored from the archive as received", () => {
    const restored = [{ received: null, replayed: "0/7000000", connected: false }];
    assert.deepEqual(readStandby(restored), {
      connected: false,
      receivedLsn: "0/7000000",
      replayedLsn: "0/7000000",
    });
    const beyond = [{ received: "0/5000000", replayed: "0/7000000", connected: true }];
    assert.equal(readStandby(beyond)?.receivedLsn, "0/7000000");
  });

  it("is none from a server that is no standby", () => assert.equal(readStandby([]), undefined));
});

describe("bytes behind", () => {
  it("are the difference of the positions, and never less than none", () => {
    const lsn = fc.bigInt({ min: 0n, max: 2n ** 50n });
    fc.assert(
      fc.property(lsn, lsn, (a, b) => {
        assert.equal(bytesBehind(lsnText(a), lsnText(b)), Number(a > b ? a - b : 0n));
      }),
    );
  });

  it("are unknown where a position is", () => assert.equal(bytesBehind("0/1", null), undefined));
});

describe("a follower's word on how far it is behind its source", () => {
  const streams = {
    replayed: "0/6000000",
    source: "0/6000100",
    host: "orders.shop.svc",
    streaming: true,
    since_ms: 12.4,
  };

  it("has bytes, and the age of what it replayed last", () => {
    assert.deepEqual(readSourceLag([streams]), {
      streaming: true,
      host: "orders.shop.svc",
      sourceLsn: "0/6000100",
      replayedLsn: "0/6000000",
      lagBytes: 256,
      lagMs: 12,
    });
  });

  it("is none for one that has everything, however long ago the last commit was", () => {
    const { lagBytes, lagMs } =
      readSourceLag([{ ...streams, replayed: "0/6000100", since_ms: 86_400_000 }]) ?? {};
    assert.deepEqual([lagBytes, lagMs], [0, 0]);
  });

  it("is not guessed for one that the archive feeds, and absent for one that follows nobody", () => {
    const fed = { replayed: "0/6000000", source: null, host: null, streaming: false, since_ms: 5000 };
    assert.deepEqual(readSourceLag([fed]), { streaming: false, replayedLsn: "0/6000000" });
    assert.equal(readSourceLag([]), undefined);
  });
});
