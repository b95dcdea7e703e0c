import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { ClusterSpec } from "../../../src/cnpg/cluster";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { lagQuantity } from "../../../src/availability/render";
import { clusterManifest } from "../../../src/instance/render";
import { resolveInstance } from "../../../src/instance/resolve";
import { parseBytes } from "../../../src/quantity";
import { validateManifest } from "../schemas";
import { allowedAvailability } from "./samples";

function specOf(args: PostgresInstanceArgs): ClusterSpec {
  const instance = resolveInstance("orders", args);
  return JSON.parse(JSON.stringify(clusterManifest(instance, args, instance.active).spec)) as ClusterSpec;
}

/** What CloudNativePG 1.30 refuses: internal/webhook/v1/cluster_webhook.go and the rules of the CRD. */
function refusedByAdmission({ instances, postgresql, primaryLease }: ClusterSpec): string[] {
  const refused: string[] = [];
  const refuse = (broken: boolean, rule: string): void => void (broken && refused.push(rule));
  const synchronous = postgresql?.synchronous;
  if (synchronous !== undefined) {
    const {
      number,
      dataDurability,
      failoverQuorum,
      standbyNamesPre = [],
      standbyNamesPost = [],
    } = synchronous;
    const elsewhere = standbyNamesPre.length + standbyNamesPost.length;
    refuse(number < 1, "number");
    refuse(number >= instances + elsewhere, "number < instances + names");
    refuse(dataDurability === "preferred" && elsewhere > 0, "preferred without names");
    refuse(failoverQuorum === true && number <= elsewhere, "number > names");
  }
  const { leaseDurationSeconds = 15, renewDeadlineSeconds = 10, retryPeriodSeconds = 2 } = primaryLease ?? {};
  refuse(leaseDurationSeconds <= renewDeadlineSeconds, "duration > renew deadline");
  refuse(5 * renewDeadlineSeconds <= 6 * retryPeriodSeconds, "5 × renew deadline > 6 × retry period");
  return refused;
}

describe("availability of a Cluster", () => {
  it("is of the CRD's form and accepted by admission whenever the arguments have no problem", () => {
    fc.assert(
      fc.property(allowedAvailability, args => {
        const spec = specOf(args);
        const apiVersion = "postgresql.cnpg.io/v1";
        const manifest = {
          apiVersion,
          kind: "Cluster",
          metadata: { name: "orders-g1", namespace: "default" },
          spec,
        };
        assert.deepEqual(validateManifest(manifest as unknown as Record<string, unknown>), []);
        assert.deepEqual(refusedByAdmission(spec as ClusterSpec), []);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves a single instance with CloudNativePG's times, but notices at once that it has started", () => {
    const { probes, primaryLease, failoverDelay, smartShutdownTimeout } = specOf({});
    assert.deepEqual(probes, { startup: { type: "pg_isready", periodSeconds: 1 } });
    assert.equal(primaryLease, undefined);
    assert.equal(failoverDelay, undefined);
    assert.equal(smartShutdownTimeout, 15);
  });

  it("maps the health monitor onto readiness probe, Lease and delay", () => {
    const { probes, primaryLease, failoverDelay } = specOf({
      instances: 3,
      healthMonitor: {
        checkInterval: 4,
        failureThreshold: 30,
        checkTimeout: 6,
        maxEligibleLagBytes: 16 * 2 ** 20,
        failoverDelay: 9,
        lease: { durationSeconds: 8, renewDeadlineSeconds: 6, retryPeriodSeconds: 2 },
      },
    });
    assert.deepEqual(probes?.readiness, {
      type: "streaming",
      maximumLag: "16Mi",
      periodSeconds: 4,
      failureThreshold: 30,
      timeoutSeconds: 6,
    });
    assert.deepEqual(primaryLease, {
      leaseDurationSeconds: 8,
      renewDeadlineSeconds: 6,
      retryPeriodSeconds: 2,
    });
    assert.equal(failoverDelay, 9);
  });

  it("lets members of probes win", () => {
    const healthMonitor = { checkInterval: 4, checkTimeout: 6 };
    const probes = { readiness: { type: "query", periodSeconds: 8 }, startup: { failureThreshold: 40 } };
    const rendered = specOf({ instances: 3, healthMonitor, probes }).probes;
    assert.equal(rendered?.readiness?.type, "query");
    assert.equal(rendered.readiness.periodSeconds, 8);
    assert.equal(rendered.readiness.timeoutSeconds, 6);
    assert.deepEqual(rendered.startup, { type: "pg_isready", periodSeconds: 1, failureThreshold: 40 });
  });

  it("writes a lag in the only form that CloudNativePG reads right", () => {
    assert.equal(lagQuantity(1), "1Ki");
    assert.equal(lagQuantity(1_000_000), "977Ki");
    assert.equal(lagQuantity(64 * 2 ** 20), "64Mi");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), bytes => {
        const text = lagQuantity(bytes);
        assert.match(text, /^\d+[KMGT]i$/);
        const more = Number(parseBytes(text)) - bytes;
        assert.ok(more >= 0 && more < 1024, text);
      }),
    );
  });
});
