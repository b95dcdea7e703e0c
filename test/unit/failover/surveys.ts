import fc from "fast-check";
import { lsnText } from "../../../src/backup/archive/wal-name";
import type { FailoverSurvey, SurveyedServer } from "../../../src/failover/survey";

/** A position in the WAL. */
export const at = (bytes: number): string => lsnText(BigInt(bytes));

const end = 0x5000000;

/** The primary of `orders`. */
export function primaryServer(more: Partial<SurveyedServer> = {}): SurveyedServer {
  const answer = { inRecovery: false, timeline: 3, lsn: at(end) };
  return { name: "orders-g1-1", node: "a", zone: "1", ready: true, leaving: false, answer, ...more };
}

/** A standby that streams. @param lag bytes that it lacks */
export function standby(name: string, lag = 0, more: Partial<SurveyedServer> = {}): SurveyedServer {
  const lsn = at(end - lag);
  return {
    name,
    node: "b",
    zone: "2",
    ready: true,
    leaving: false,
    answer: {
      inRecovery: true,
      timeline: 3,
      lsn,
      replayedLsn: lsn,
      streaming: true,
      primaryLsn: at(end),
    },
    replication: { state: "streaming", syncState: "async", flushedLsn: lsn, replayedLsn: lsn },
    ...more,
  };
}

/** An instance of three servers in which nothing is wrong. */
export function survey(more: Partial<FailoverSurvey> = {}): FailoverSurvey {
  return {
    namespace: "shop",
    instance: "orders",
    cluster: "orders-g1",
    asOf: "2026-11-28T10:15:00.000Z",
    instances: 3,
    hibernated: false,
    leaving: false,
    follows: false,
    phase: "Cluster in healthy state",
    currentPrimary: "orders-g1-1",
    targetPrimary: "orders-g1-1",
    targetSince: "2026-11-01T00:00:00.000000Z",
    fenced: [],
    otherGenerations: [],
    leaseSeconds: 15,
    interrupted: [],
    servers: [primaryServer(), standby("orders-g1-2"), standby("orders-g1-3")],
    ...more,
  };
}

const positions = fc.integer({ min: 0, max: 12 }).map(step => end - step * 0x400000);

const answers = fc.record({
  inRecovery: fc.boolean().map(follows => follows || undefined),
  timeline: fc.constantFrom(2, 3, 3, 3),
  position: positions,
  replayed: positions,
  paused: fc.constantFrom(false, false, false, true),
});

const servers = (name: string): fc.Arbitrary<SurveyedServer> =>
  fc
    .record({
      ready: fc.constantFrom(true, true, true, false),
      leaving: fc.constantFrom(false, false, false, true),
      answer: fc.option(answers, { nil: undefined, freq: 6 }),
      state: fc.constantFrom("streaming", "streaming", "catchup", "startup", undefined),
      flushed: positions,
      node: fc.constantFrom("a", "b", undefined),
      zone: fc.constantFrom("1", "2", undefined),
    })
    .map(({ answer, state, flushed, node, zone, ...flags }) => ({
      name,
      ...flags,
      ...(node === undefined ? {} : { node }),
      ...(zone === undefined ? {} : { zone }),
      ...(answer === undefined
        ? { unanswered: "timeout expired" }
        : {
            answer: {
              inRecovery: answer.inRecovery ?? true,
              timeline: answer.timeline,
              lsn: at(answer.position),
              replayedLsn: at(answer.replayed),
              ...(answer.paused ? { replayPaused: true } : {}),
            },
          }),
      ...(state === undefined ? {} : { replication: { state, syncState: "async", flushedLsn: at(flushed) } }),
    }));

/** Instances of one to five servers in any condition, the primary among them or not. */
export const surveys: fc.Arbitrary<FailoverSurvey> = fc
  .record({
    standbys: fc
      .integer({ min: 0, max: 4 })
      .chain(count => fc.tuple(...Array.from({ length: count }, (_, i) => servers(`orders-g1-${i + 2}`)))),
    primary: fc.constantFrom<Partial<SurveyedServer> | undefined>(
      {},
      {},
      { ready: false },
      { answer: undefined, unanswered: "timeout expired" },
      undefined,
    ),
    fenced: fc.constantFrom<string[]>([], [], [], ["orders-g1-2"], ["*"]),
  })
  .map(({ standbys, primary, fenced }) =>
    survey({ fenced, servers: [...(primary === undefined ? [] : [primaryServer(primary)]), ...standbys] }),
  );
