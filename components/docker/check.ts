import * as fs from "node:fs";
import * as path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Labels } from "../shared/labels";
import { hardened, labelList } from "./hardening";
import { startFirst } from "./replacement";

/** What {@link check} takes. */
export interface CheckArgs {
  /** What is checked, as its container's label `streamlit.part` has it; the check's own is `<part>.check`. */
  part: string;
  /** The id of an image that has a shell and what the command runs. */
  image: pulumi.Input<string>;
  /** The user that the command runs as, and its group. */
  uid: number;
  /** In MiB: all that it may take, and the size of its `/tmp`. */
  memory: number;
  tmp: number;
  /** Ends with 0 when what is checked works. Its output is the log of the check's container. */
  command: pulumi.Input<pulumi.Input<string>[]>;
  /** How long the command may take, in seconds. */
  seconds: number;
  /** The id of a container whose network the command uses. @default none: it has no network */
  networkOf?: pulumi.Input<string>;
  volumes?: docker.ContainerArgs["volumes"];
  labels: Labels;
}

/**
 * A container that shows whether something works, for others to depend on. When it does not, the engine fails there, and what
 * depends on it stays as it was.
 *
 * It ends by itself: within seconds when all is well, at once when it is not. The provider has no way to wait for an exit
 * code and fail by it; what it can wait for is a health check, which succeeds here once the command has.
 */
export function check(name: string, args: CheckArgs, opts: pulumi.CustomResourceOptions): docker.Container {
  const { uid, memory, tmp } = args;
  // Beside what the machine takes to start it when it has much else to do.
  const waitTimeout = args.seconds + 30;
  return new docker.Container(
    name,
    {
      ...hardened({ uid, cpu: 1, memory, tmp, processes: 512 }),
      image: args.image,
      labels: labelList({ ...args.labels, "streamlit.part": `${args.part}.check` }),
      entrypoints: ["sh"],
      command: pulumi
        .output(args.command)
        .apply((command) => [
          "-c",
          fs.readFileSync(path.join(__dirname, "check.sh"), "utf8"),
          "check",
          ...command,
        ]),
      networkMode: args.networkOf ? pulumi.interpolate`container:${args.networkOf}` : "none",
      ...(args.volumes && { volumes: args.volumes }),
      restart: "no",
      // It ends, and is to stay as it is then.
      mustRun: false,
      healthcheck: {
        tests: ["CMD", "test", "-e", "/tmp/passed"],
        interval: "1s",
        timeout: "5s",
        // It is not unhealthy while the command runs.
        retries: waitTimeout,
      },
      waitTimeout,
    },
    { ...opts, ...startFirst },
  );
}
