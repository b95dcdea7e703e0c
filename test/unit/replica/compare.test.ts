import * as assert from "node:assert/strict";
import {
  firstRoleProblems,
  followChangeProblems,
  type FollowRecord,
  roleChanges,
} from "../../../src/replica/compare";

const follower: FollowRecord = { source: "shop/orders", writes: false, promoted: false, exchanges: false };
const promoted: FollowRecord = { ...follower, writes: true, promoted: true };
const standby: FollowRecord = { ...follower, exchanges: true };
const writer: FollowRecord = { ...standby, writes: true };

const told = (before: FollowRecord | undefined, now: FollowRecord | undefined): string | undefined => {
  const [found] = followChangeProblems(before, now);
  return found && `${found.argument}: ${found.problem}`;
};

describe("a change of whom an instance follows", () => {
  it("is allowed where nothing is lost by it", () => {
    const allowed: [FollowRecord | undefined, FollowRecord | undefined][] = [
      [undefined, undefined],
      [undefined, writer],
      [undefined, standby],
      [follower, follower],
      [follower, promoted],
      [follower, standby],
      [standby, writer],
      [writer, standby],
      [standby, promoted],
      [promoted, undefined],
      [writer, undefined],
      [writer, { ...writer, source: "shop/other" }],
    ];
    for (const [before, now] of allowed)
      assert.equal(told(before, now), undefined, JSON.stringify([before, now]));
  });

  it("is refused where an instance would be promoted without being asked", () => {
    for (const before of [follower, standby])
      assert.match(told(before, undefined) ?? "", /^follow: is gone while the instance follows/);
  });

  it("is refused where data of its own would be lost", () => {
    for (const now of [follower, standby, writer])
      assert.match(told(promoted, now) ?? "", /^follow.promoted: was true/);
    assert.match(told(undefined, follower) ?? "", /^follow: is new on an instance that takes writes/);
  });

  it("is refused where the data is another one's", () => {
    assert.match(
      told(follower, { ...follower, source: "shop/billing" }) ?? "",
      /^follow.source: was shop\/orders/,
    );
    const unknown = { ...follower, source: undefined as unknown as string };
    assert.equal(told(follower, unknown), undefined);
  });

  it("is told", () => {
    assert.match(roleChanges("orders", writer, standby)[0] ?? "", /^orders is demoted/);
    assert.match(roleChanges("orders", undefined, standby)[0] ?? "", /^orders is demoted/);
    assert.match(roleChanges("orders", standby, writer)[0] ?? "", /^orders takes over/);
    assert.match(roleChanges("orders", follower, promoted)[0] ?? "", /for good/);
    assert.deepEqual(roleChanges("orders", undefined, writer), []);
    assert.deepEqual(roleChanges("orders", follower, standby), []);
  });
});

describe("the first role of a copy", () => {
  it("is to follow", () => {
    assert.deepEqual(firstRoleProblems(follower), []);
    assert.equal(firstRoleProblems(promoted)[0]?.argument, "follow.promoted");
    assert.equal(firstRoleProblems(writer)[0]?.argument, "follow.primary");
  });
});
