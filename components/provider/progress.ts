import * as grpc from "@grpc/grpc-js"; // the engine's own protocol, to show progress beside the resource it belongs to
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Tells the person at the screen what happens to one resource. */
export interface Progress {
  /** A step begins; replaces the last step's line. */
  step(message: string): void;
  /** Something to read afterwards. */
  note(message: string): void;
  warn(message: string): void;
}

let engine: EngineClient | undefined;

/** Connects to the engine that started this provider; without an address, progress goes nowhere. */
export function connectProgress(address: string | undefined): void {
  if (address) engine = new EngineClient(address, grpc.credentials.createInsecure());
}

export function progressFor(urn: string): Progress {
  const send = (severity: (typeof LogSeverity)[keyof typeof LogSeverity], message: string, ephemeral: boolean) => {
    const request = new LogRequest();
    request.setSeverity(severity);
    request.setMessage(message);
    request.setUrn(urn);
    request.setStreamid(0);
    request.setEphemeral(ephemeral);
    // A line that cannot be shown is no reason to fail the work it tells about.
    engine?.log(request, () => {});
  };
  return {
    step: (message) => send(LogSeverity.INFO, message, true),
    note: (message) => send(LogSeverity.INFO, message, false),
    warn: (message) => send(LogSeverity.WARNING, message, false),
  };
}
