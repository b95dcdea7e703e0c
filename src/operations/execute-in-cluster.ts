import { WebSocket } from "ws";
import { type Execute, executeSeconds, type ExecuteStatus, exitCodeOf } from "./execute";
import type { ApiEndpoint } from "./kubernetes";

/** First byte of each message. Source: Kubernetes, remotecommand v4.channel.k8s.io. */
const Channel = { stdout: 1, stderr: 2, status: 3 } as const;

/** Runs commands in pods as a Job of the cluster may. */
export function executeOver(endpoint: () => Promise<ApiEndpoint>): Execute {
  return async (namespace, pod, container, command, { seconds = executeSeconds } = {}) => {
    const { host, port, ca, token } = await endpoint();
    const query = new URLSearchParams({ container, stdout: "true", stderr: "true" });
    for (const word of command) query.append("command", word);
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query}`;
    const address = host.includes(":") ? `[${host}]` : host;
    const socket = new WebSocket(`wss://${address}:${port}${path}`, "v4.channel.k8s.io", {
      ca,
      headers: { authorization: `Bearer ${(await token()).trim()}` },
      handshakeTimeout: seconds * 1000,
    });
    return collect(socket, `A command in ${namespace}/${pod}`, seconds);
  };
}

function collect(socket: WebSocket, where: string, seconds: number): ReturnType<Execute> {
  const chunks: Record<number, Buffer[]> = {
    [Channel.stdout]: [],
    [Channel.stderr]: [],
    [Channel.status]: [],
  };
  const text = (channel: number): string => Buffer.concat(chunks[channel] ?? []).toString("utf8");
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => socket.terminate(), seconds * 1000);
    socket.on("message", (message: Buffer) => chunks[message[0] ?? 0]?.push(message.subarray(1)));
    socket.on("error", error =>
      reject(new Error(`${where} could not be run: ${error.message}`, { cause: error })),
    );
    socket.on("close", () => {
      clearTimeout(late);
      const status = text(Channel.status);
      if (status === "") {
        reject(new Error(`${where} did not end within ${seconds} s, or lost its connection.`));
        return;
      }
      try {
        const exitCode = exitCodeOf(JSON.parse(status) as ExecuteStatus);
        resolve({ stdout: text(Channel.stdout), stderr: text(Channel.stderr), exitCode });
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}
