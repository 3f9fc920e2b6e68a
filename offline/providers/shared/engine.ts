/** The engine that started this process: whether it is there, and what it shows. */
import { once } from "node:events";
import { connect } from "node:net";

import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

import { commandEnded, commandVariable } from "../../../scripts/process-identity";

/** How grave a line is. */
export type Severity = "debug" | "info" | "warning" | "error";

/** A line next to a resource. */
export interface Line {
  readonly urn: string;
  readonly text: string;
  /** @default info */
  readonly severity?: Severity;
  /** Whether it is shown for the time being only, in the status column of the display. */
  readonly isStatus: boolean;
}

const severities: Record<Severity, LogSeverity> = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
};

/** See the module. */
export class EngineLink {
  readonly #engine = process.ppid;
  readonly #mark = process.env[commandVariable];
  readonly #client: EngineClient | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #answers = true;

  /** @param address `host:port`, the last argument of this process */
  constructor(private readonly address: string | undefined = process.argv.slice(2).at(-1)) {
    this.#client =
      address === undefined ? undefined : new EngineClient(address, grpc.credentials.createInsecure());
  }

  /**
   * Tells whether nobody is left to work for. A command that was killed leaves its engine behind, an engine that was killed its
   * plugins; and an engine may have been killed before this process asked who it is.
   */
  isGone(): boolean {
    return process.ppid !== this.#engine || !this.#answers || commandEnded(this.#mark);
  }

  /** Calls once nobody is left. */
  async onceGone(leave: () => void): Promise<void> {
    this.#answers = await isListening(this.address);
    const timer = setInterval(() => {
      if (!this.isGone()) return;
      clearInterval(timer);
      leave();
    }, 500);
  }

  /** Shows a line; nothing is lost when that fails. */
  show({ urn, text, severity = "info", isStatus }: Line): void {
    const request = new LogRequest()
      .setSeverity(severities[severity])
      .setUrn(urn)
      .setMessage(text)
      .setEphemeral(isStatus);
    const sent = new Promise<void>((resolve) => {
      if (!this.#client) resolve();
      this.#client?.log(request, () => {
        resolve();
      });
    }).finally(() => this.#underWay.delete(sent));
    this.#underWay.add(sent);
  }

  /** Resolves when every line has reached the engine, or was lost. */
  async flushed(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}

/** Whether somebody listens at an address `host:port`. What is no such address is not judged. */
async function isListening(address: string | undefined): Promise<boolean> {
  const [, host, port] = /^(.+):(\d+)$/.exec(address ?? "") ?? [];
  if (host === undefined) return true;
  const socket = connect(Number(port), host);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}
