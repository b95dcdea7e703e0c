import type { ProbeResult } from "../../src/operations/probe";
import { jobsImage } from "../../src/jobs/image";
import type { Harness } from "./harness";

/** An endpoint that a pod of the cluster writes to. */
export interface ProbedEndpoint {
  namespace: string;
  /** DNS name of the Service. */
  host: string;
  /** DNS name of the Service that is only read. */
  readOnlyHost?: string;
  /** Secret with `username` and `password`. */
  login: string;
  /** ConfigMap or Secret with the certificate of the authority under `ca.crt`. */
  authority: { configMap: { name: string } } | { secret: { secretName: string } };
  /** Milliseconds until a statement is given up. */
  statementPatienceMs?: number;
}

/** A probe that writes every 10 ms. */
export interface ProbePod {
  /** Ends it, and gives back what it measured. */
  end(): Promise<ProbeResult>;
}

/** Starts operation `probe` of the jobs image in a pod, and waits until it writes. */
export async function startProbe(bench: Harness, endpoint: ProbedEndpoint, name: string): Promise<ProbePod> {
  const { namespace, host, readOnlyHost, login, authority, statementPatienceMs } = endpoint;
  const request = {
    host,
    readOnlyHost,
    statementPatienceMs,
    database: "app",
    caFile: "/ca/ca.crt",
    intervalMs: 10,
  };
  const secret = (variable: string, key: string): object => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: login, key } },
  });
  await bench.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      volumes: [{ name: "ca", ...authority }],
      containers: [
        {
          name: "probe",
          image: jobsImage,
          imagePullPolicy: "IfNotPresent",
          command: ["node", "/app/jobs.js", "probe", "--request", JSON.stringify(request)],
          env: [secret("PGUSER", "username"), secret("PGPASSWORD", "password")],
          resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
          volumeMounts: [{ name: "ca", mountPath: "/ca" }],
        },
      ],
    },
  });
  const log = (): Promise<string> => bench.kubectl("logs", "-n", namespace, name);
  const phase = (): Promise<string> => bench.field(namespace, `pod/${name}`, ".status.phase");
  const fail = async (): Promise<never> => {
    throw new Error(`Probe ${name} failed: ${await log()}`);
  };
  const isOver = async (): Promise<boolean> => ["Succeeded", "Failed"].includes(await phase());
  const isWriting = async (): Promise<boolean> => (await log()).includes("Writing to");
  await bench.waitUntil(async () => (await isOver()) || (await isWriting()), `probe ${name}`, 120);
  if (!(await isWriting())) await fail();
  return {
    async end() {
      await bench.kubectl("exec", "-n", namespace, name, "--", "sh", "-c", "kill -TERM 1");
      await bench.waitUntil(isOver, `the end of ${name}`, 120);
      if ((await phase()) !== "Succeeded") await fail();
      const lines = (await log()).trim().split("\n");
      await bench.kubectl("delete", "pod", "-n", namespace, name, "--wait=false");
      return JSON.parse(lines.at(-1) ?? "") as ProbeResult;
    },
  };
}
