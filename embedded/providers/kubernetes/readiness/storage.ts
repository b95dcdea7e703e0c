import type { Cluster } from "../cluster";
import { nameOf, text } from "../manifest";
import type { Manifest } from "../manifest";
import type { Readiness } from "./verdict";

export const volumeReadiness: Readiness = async volume => {
  const phase = text(volume, "status", "phase");
  return {
    ready: phase === "Available" || phase === "Bound",
    message: `Waiting for PersistentVolume "${nameOf(volume)}" to be available (${phase || "no phase yet"})`,
  };
};

/** A claim whose class binds with its first consumer stays pending, and that is all one can wait for. */
export const claimReadiness: Readiness = async (claim, { cluster }) => {
  const phase = text(claim, "status", "phase");
  const late = phase === "Pending" && (await bindsLate(cluster, claim));
  return {
    ready: phase === "Bound" || late,
    message: `Waiting for PersistentVolumeClaim "${nameOf(claim)}" to be bound (${phase || "no phase yet"})`,
  };
};

async function bindsLate(cluster: Cluster, claim: Manifest): Promise<boolean> {
  const name = text(claim, "spec", "storageClassName");
  if (name === "") return false;
  const storageClass = await cluster.find({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" }, name);
  return storageClass !== undefined && text(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
}
