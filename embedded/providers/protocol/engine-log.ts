import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

import type { Log } from "./provider";

/** Sends a plugin's messages to the engine's display. Without an engine they go to standard error. */
export class EngineLog implements Log {
  private client: EngineClient | undefined;

  connect(address: string): void {
    this.client = new EngineClient(address, credentials.createInsecure());
  }

  status(urn: string, message: string): void {
    this.send(LogSeverity.INFO, urn, message, true);
  }

  info(urn: string, message: string): void {
    this.send(LogSeverity.INFO, urn, message, false);
  }

  warning(urn: string, message: string): void {
    this.send(LogSeverity.WARNING, urn, message, false);
  }

  private send(severity: LogSeverity, urn: string, message: string, ephemeral: boolean): void {
    if (this.client === undefined) {
      process.stderr.write(`${message}\n`);
      return;
    }
    const request = new LogRequest();
    request.setSeverity(severity);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    this.client.log(request, error => {
      // An engine that is shutting down takes no more messages; the work itself must not fail for it.
      if (error !== null) process.stderr.write(`${message} (not shown by the engine: ${error.message})\n`);
    });
  }
}
