import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { ClusterObject } from "../../../src/cnpg/cluster";
import { answerMark, handover, isReplica, type Standing, standingOf } from "../../../src/replica/standing";

/** A token as CloudNativePG writes it. */
export function tokenOf(timeline: number): string {
  const content = {
    latestCheckpointTimelineID: String(timeline),
    latestCheckpointREDOLocation: "0/5000028",
    databaseSystemIdentifier: "7713203263367983124",
  };
  return Buffer.from(JSON.stringify(content)).toString("base64");
}

const cluster = (spec: object, status: object = {}, annotations = {}): ClusterObject =>
  ({ metadata: { name: "orders-g1", annotations }, spec, status }) as ClusterObject;

describe("isReplica", () => {
  const replica = (stanza: object): boolean => isReplica(cluster({ replica: { source: "x", ...stanza } }));

  it("decides as CloudNativePG does", () => {
    assert.equal(isReplica(cluster({})), false);
    assert.equal(replica({ enabled: true }), true);
    assert.equal(replica({ enabled: false, primary: "x" }), false);
    assert.equal(replica({ self: "orders", primary: "orders" }), false);
    assert.equal(replica({ self: "orders", primary: "x" }), true);
    assert.equal(replica({ primary: "orders-g1" }), false);
    assert.equal(replica({}), true);
  });
});

describe("standingOf", () => {
  it("takes a token only of the timeline on which it last took writes", () => {
    const status = { timelineID: 3, readyInstances: 1 };
    const standing = (demotionToken: string): Standing =>
      standingOf(cluster({}, { ...status, demotionToken }));
    assert.equal(standing(tokenOf(3)).token, tokenOf(3));
    for (const other of [tokenOf(1), tokenOf(4), "", "no token", "e30="])
      assert.equal(standing(other).token, undefined, other);
  });

  it("reads who answered this demotion, not an earlier one", () => {
    const status = { timelineID: 3, demotionToken: tokenOf(3) };
    assert.equal(standingOf(cluster({}, status, answerMark(3, "orders-west"))).answeredBy, "orders-west");
    assert.equal(standingOf(cluster({}, status, answerMark(1, "orders-west"))).answeredBy, undefined);
  });

  it("knows nothing of a Cluster without status", () => {
    const empty = { replica: false, changing: false, timeline: 0, ready: 0 };
    assert.deepEqual(standingOf({ metadata: { name: "orders-g1" } }), empty);
  });
});

describe("handover", () => {
  const demoted = (timeline: number): Standing => ({
    replica: true,
    changing: false,
    timeline,
    ready: 1,
    token: tokenOf(timeline),
  });
  const fresh: Standing = { replica: true, changing: false, timeline: 0, ready: 1 };

  it("waits for the other one to be demoted, and for its token", () => {
    const awaiting = (peer: Standing | undefined): unknown => {
      const found = handover("orders-west", fresh, peer);
      return "awaiting" in found ? found.awaiting : found;
    };
    assert.equal(awaiting(undefined), "the other instance to exist");
    const writes = { ...demoted(1), replica: false };
    assert.equal(awaiting(writes), "the other instance to be demoted");
    assert.equal(awaiting({ ...demoted(1), changing: true }), "the other instance to be demoted");
    assert.equal(
      awaiting({ ...demoted(1), token: undefined }),
      "the token that the last primary leaves when it stops",
    );
  });

  it("takes the token of the other one", () => {
    assert.deepEqual(handover("orders-west", fresh, demoted(1)), {
      token: tokenOf(1),
      timeline: 1,
      of: "peer",
    });
  });

  it("takes its own when the other one has not taken over since: the exchange is undone", () => {
    assert.deepEqual(handover("orders", demoted(3), demoted(2)), {
      token: tokenOf(3),
      timeline: 3,
      of: "own",
    });
    assert.deepEqual(handover("orders", demoted(1), fresh), { token: tokenOf(1), timeline: 1, of: "own" });
  });

  it("refuses a demotion that another one answered", () => {
    const answered = { ...demoted(1), answeredBy: "orders-west" };
    assert.ok("token" in handover("orders-west", fresh, answered));
    assert.throws(() => handover("orders", answered, fresh), /orders-west was promoted in answer/);
  });

  it("property: hands over only what the last writer left, whoever asks", () => {
    const standing = fc.record({
      replica: fc.boolean(),
      changing: fc.boolean(),
      timeline: fc.nat(6),
      ready: fc.nat(2),
      hasToken: fc.boolean(),
    });
    fc.assert(
      fc.property(standing, standing, (a, b) => {
        const [own, peer] = [a, b].map(({ hasToken, ...rest }) => ({
          ...rest,
          ...(hasToken ? { token: tokenOf(rest.timeline) } : {}),
        })) as [Standing, Standing];
        const found = handover("orders", own, peer);
        if ("awaiting" in found) return;
        assert.equal(found.timeline, Math.max(own.timeline, peer.timeline));
        assert.equal(found.token, tokenOf(found.timeline));
        assert.ok(peer.replica && !peer.changing, "the other one takes no writes");
      }),
    );
  });
});
