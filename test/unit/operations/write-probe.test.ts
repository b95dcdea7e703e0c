import * as assert from "node:assert/strict";
import { type OpenSession, ProbeFailure } from "../../../src/operations/probe-client";
import { systemClock } from "../../../src/operations/waiting";
import { behaviourOf, WriteProbe } from "../../../src/operations/write-probe";
import { AttemptOutcome, balanceWrites } from "../../../src/rehearsal/measure";

const context = { clock: systemClock, say: (): void => undefined };

/** A database in memory, as far as the probe uses one. */
class FakeDatabase {
  readonly statements: string[] = [];
  rows: number[] = [];
  publications: string[] = [];
  /** Statements that are refused, and with what. */
  refused: [pattern: RegExp, reason: string][] = [];
  open = 0;

  readonly connect: OpenSession = async () => {
    this.open += 1;
    return {
      send: async statement => this.#answer(statement),
      destroy: () => void (this.open -= 1),
    };
  };

  #answer(statement: string): Record<string, unknown>[] {
    this.statements.push(statement);
    const refusal = this.refused.find(([pattern]) => pattern.test(statement));
    if (refusal !== undefined)
      throw new ProbeFailure(AttemptOutcome.Refused, refusal[1], `refused: ${statement}`);
    const inserted = /^INSERT .* VALUES \((\d+)\)$/.exec(statement)?.[1];
    if (inserted !== undefined) this.rows.push(Number(inserted));
    if (statement.startsWith("SELECT id")) return this.rows.map(id => ({ id: String(id) }));
    if (statement.includes("pg_publication")) return this.publications.map(pubname => ({ pubname }));
    return [];
  }
}

const begin = (database: FakeDatabase, readOnly = database): Promise<WriteProbe> =>
  WriteProbe.begin({ write: database.connect, readOnly: readOnly.connect }, behaviourOf(1), context);

describe("a probe", () => {
  it("writes rows into a table of its own, reads, and takes everything away", async () => {
    const database = new FakeDatabase();
    const probe = await begin(database);
    assert.ok(probe.lastWrite !== undefined);
    const logs = await probe.stop();
    assert.deepEqual(balanceWrites(logs.writes.attempts, await probe.found()).lost, 0);
    assert.ok(logs.reads.attempts.length > 0 && (logs.readOnlyReads?.attempts.length ?? 0) > 0);
    await probe.remove();
    assert.deepEqual(
      database.statements.filter(text => /SCHEMA|TABLE/.test(text)).map(text => text.split(" (")[0]),
      [
        "DROP SCHEMA IF EXISTS pulumi_cnpg_rehearsal CASCADE",
        "CREATE SCHEMA pulumi_cnpg_rehearsal",
        "CREATE TABLE pulumi_cnpg_rehearsal.writes",
        "DROP SCHEMA IF EXISTS pulumi_cnpg_rehearsal CASCADE",
      ],
    );
    assert.equal(database.open, 0, "no session is left");
  });

  it("finds what is missing afterwards", async () => {
    const database = new FakeDatabase();
    const probe = await begin(database);
    const { writes } = await probe.stop();
    const taken = database.rows.shift();
    assert.deepEqual(balanceWrites(writes.attempts, await probe.found()).lostIds, [taken]);
  });

  it("waits until a standby has its table", async () => {
    const [database, standby] = [new FakeDatabase(), new FakeDatabase()];
    standby.refused = [[/^SELECT max/, "42P01"]];
    setTimeout(() => (standby.refused = []), 150);
    const probe = await begin(database, standby);
    const { readOnlyReads } = await probe.stop();
    assert.ok(readOnlyReads?.attempts.every(({ outcome }) => outcome === AttemptOutcome.Acknowledged));
  });

  it("says what the login may not", async () => {
    const database = new FakeDatabase();
    database.refused = [[/^CREATE SCHEMA/, "42501"]];
    await assert.rejects(
      begin(database),
      /may not make schema pulumi_cnpg_rehearsal.*GRANT CREATE ON DATABASE/,
    );
    assert.deepEqual(database.rows, []);
  });

  it("writes nothing where every table is published", async () => {
    const database = new FakeDatabase();
    database.publications = ["everything"];
    await assert.rejects(begin(database), /Publication "everything" publishes every table/);
    assert.ok(!database.statements.some(text => text.startsWith("CREATE")));
  });
});
