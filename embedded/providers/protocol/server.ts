import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { EngineLog } from "./engine-log";
import { fromStruct, toStruct } from "./property";
import { InitializationFailure } from "./provider";
import type { CheckRequest, CheckResult, DiffResult, Log, PropertyDifference, Provider } from "./provider";

/**
 * Serves a provider to the engine that started this process: the engine's address is the first argument, the port we
 * listen on is the only line on standard output.
 */
export function serve(create: (log: Log) => Provider): void {
  const log = new EngineLog();
  const address = process.argv[2];
  if (address !== undefined) log.connect(address);
  const server = new grpc.Server({
    "grpc.max_receive_message_length": 400 * 1024 * 1024,
    "grpc.max_send_message_length": 400 * 1024 * 1024,
  });
  server.addService(ResourceProviderService, handlers(create(log), log));
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
      process.stderr.write(`The plugin cannot listen on 127.0.0.1: ${error.message}\n`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
  endWithEngine();
}

/** An engine that is killed ends nobody: its plugins would wait for it for ever. */
function endWithEngine(): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(0);
  }, 1000).unref();
}

function unary<Request, Response>(
  run: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => run(call.request))
      .then(
        response => callback(null, response),
        (error: unknown) => callback(serviceError(error)),
      );
  };
}

function handlers(provider: Provider, log: EngineLog): grpc.UntypedServiceImplementation {
  return {
    ...lifecycleHandlers(provider, log),
    check: unary(async (request: messages.CheckRequest) =>
      checkResponse(await provider.check(checkRequest(request))),
    ),
    diff: unary(async (request: messages.DiffRequest) =>
      diffResponse(
        await provider.diff({
          id: request.getId(),
          urn: request.getUrn(),
          oldState: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs()),
          news: fromStruct(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
        }),
      ),
    ),
    create: unary((request: messages.CreateRequest) => create(provider, request)),
    read: unary((request: messages.ReadRequest) => read(provider, request)),
    update: unary((request: messages.UpdateRequest) => update(provider, request)),
    delete: unary(async (request: messages.DeleteRequest) => {
      await provider.delete({
        id: request.getId(),
        urn: request.getUrn(),
        state: fromStruct(request.getProperties()),
        timeout: request.getTimeout(),
      });
      return new Empty();
    }),
    invoke: unary(async (request: messages.InvokeRequest) => {
      const response = new messages.InvokeResponse();
      response.setReturn(toStruct(await provider.invoke(request.getTok(), fromStruct(request.getArgs()))));
      return response;
    }),
  };
}

function lifecycleHandlers(provider: Provider, log: EngineLog): grpc.UntypedServiceImplementation {
  return {
    attach: unary((request: PluginAttach) => {
      log.connect(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),
    getSchema: unary(() => {
      const response = new messages.GetSchemaResponse();
      response.setSchema("{}");
      return response;
    }),
    checkConfig: unary((request: messages.CheckRequest) =>
      checkResponse(provider.checkConfig(fromStruct(request.getNews()))),
    ),
    diffConfig: unary((request: messages.DiffRequest) => {
      // The engine sends the old inputs apart from the old outputs since it keeps the latter for providers too.
      const olds = request.getOldInputs() ?? request.getOlds();
      return diffResponse(provider.diffConfig(fromStruct(olds), fromStruct(request.getNews())));
    }),
    configure: unary(async (request: messages.ConfigureRequest) => {
      await provider.configure(new Map(request.getVariablesMap().entries() as Iterable<[string, string]>));
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    cancel: unary(() => {
      provider.cancel();
      return new Empty();
    }),
  };
}

async function create(provider: Provider, request: messages.CreateRequest): Promise<messages.CreateResponse> {
  const result = await provider.create({
    urn: request.getUrn(),
    properties: fromStruct(request.getProperties()),
    timeout: request.getTimeout(),
    preview: request.getPreview(),
  });
  const response = new messages.CreateResponse();
  response.setId(result.id);
  response.setProperties(toStruct(result.state));
  return response;
}

async function read(provider: Provider, request: messages.ReadRequest): Promise<messages.ReadResponse> {
  const result = await provider.read({
    id: request.getId(),
    urn: request.getUrn(),
    state: fromStruct(request.getProperties()),
    inputs: fromStruct(request.getInputs()),
  });
  const response = new messages.ReadResponse();
  response.setId(result.id);
  if (result.state !== undefined) response.setProperties(toStruct(result.state));
  if (result.inputs !== undefined) response.setInputs(toStruct(result.inputs));
  return response;
}

async function update(provider: Provider, request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
  const state = await provider.update({
    id: request.getId(),
    urn: request.getUrn(),
    oldState: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
    timeout: request.getTimeout(),
    preview: request.getPreview(),
    ignoreChanges: request.getIgnorechangesList(),
  });
  const response = new messages.UpdateResponse();
  response.setProperties(toStruct(state));
  return response;
}

function checkRequest(request: messages.CheckRequest): CheckRequest {
  const autonaming = request.getAutonaming();
  return {
    urn: request.getUrn(),
    olds: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
    randomSeed: Buffer.from(request.getRandomseed_asU8()),
    ...(autonaming === undefined
      ? {}
      : {
          autonaming: {
            proposedName: autonaming.getProposedName(),
            mode: autonamingMode(autonaming.getMode()),
          },
        }),
  };
}

function autonamingMode(
  mode: messages.CheckRequest.AutonamingOptions.Mode,
): NonNullable<CheckRequest["autonaming"]>["mode"] {
  const { Mode } = messages.CheckRequest.AutonamingOptions;
  if (mode === Mode.DISABLE) return "disable";
  return mode === Mode.ENFORCE ? "enforce" : "propose";
}

function checkResponse(result: CheckResult): messages.CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(toStruct(result.inputs));
  for (const { property, reason } of result.failures ?? []) {
    const failure = new messages.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

function diffResponse(result: DiffResult): messages.DiffResponse {
  const { DiffChanges } = messages.DiffResponse;
  const response = new messages.DiffResponse();
  response.setChanges(result.changes ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
  response.setReplacesList(result.replaces);
  response.setDeletebeforereplace(result.deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  response.setDiffsList([...new Set([...result.detailed.keys()].map(path => path.split(/[.[]/)[0] ?? path))]);
  for (const [path, difference] of result.detailed) {
    const message = new messages.PropertyDiff();
    message.setKind(differenceKind(difference));
    message.setInputdiff(difference.inputs);
    response.getDetaileddiffMap().set(path, message);
  }
  return response;
}

function differenceKind({ kind, replace }: PropertyDifference): messages.PropertyDiff.Kind {
  const { Kind } = messages.PropertyDiff;
  switch (kind) {
    case "add":
      return replace ? Kind.ADD_REPLACE : Kind.ADD;
    case "delete":
      return replace ? Kind.DELETE_REPLACE : Kind.DELETE;
    case "update":
      return replace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
  }
}

function serviceError(error: unknown): Partial<grpc.StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  if (!(error instanceof InitializationFailure)) return { code: grpc.status.UNKNOWN, details };

  const failure = new messages.ErrorResourceInitFailed();
  failure.setId(error.id);
  failure.setProperties(toStruct(error.state));
  failure.setReasonsList(error.reasons);
  if (error.inputs !== undefined) failure.setInputs(toStruct(error.inputs));

  const detail = new Any();
  detail.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(details);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details, metadata };
}
