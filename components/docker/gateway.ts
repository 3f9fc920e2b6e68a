import * as fs from "node:fs";
import * as path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { certificateFiles, fileNames, type NamedFile, publicFile } from "../gateway/files";
import { gatewayFiles } from "../gateway/gateway";
import { logoFiles } from "../gateway/logo";
import { signInOf } from "../gateway/sign-in-kinds";
import type { Certificate } from "../shared/certificate";
import type { Labels } from "../shared/labels";
import type { Site } from "../spec/site";
import { check } from "./check";
import { publishedPorts } from "./edge";
import { Files } from "./files";
import { hardened, labelList, shellHealthCheck } from "./hardening";
import { gatewayPlatform, gatewayPorts, nginxUid, upstreamsFolder } from "./platform";
import { stopFirst } from "./replacement";

const healthUrl = `http://127.0.0.1:${gatewayPorts.http}/healthz`;

/** What {@link Gateway} takes. */
export interface GatewayArgs {
  site: Site;
  /** The id of the nginx image. */
  image: pulumi.Input<string>;
  certificate: Certificate;
  /** The files that the sign-in adds to those that follow from the spec. */
  signInFiles: NamedFile<pulumi.Input<string>>[];
  /** The networks of the apps and of the sign-in. */
  networks: pulumi.Input<string>[];
  /** The volume with the upstreams file to follow; the file itself may come later. */
  upstreamsVolume: pulumi.Input<string>;
  digestKey: pulumi.Input<string>;
  labels: Labels;
}

/** The only container of a site that publishes ports: nginx, between the public network and each app's own. */
export class Gateway extends pulumi.ComponentResource {
  /** The name of the gateway's container. */
  readonly containerName: pulumi.Output<string>;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:DockerGateway", name, {}, opts);
    const { site } = args;
    const labels = { ...args.labels, "streamlit.gateway": "nginx" };
    const platform = gatewayPlatform(site);
    const signIn = signInOf(site, platform);

    const network = new docker.Network(
      name,
      { driver: "bridge", labels: labelList(labels) },
      { parent: this },
    );
    const files = new Files(
      `${name}-files`,
      {
        image: args.image,
        files: [
          ...gatewayFiles(site, platform, signIn),
          ...logoFiles(site),
          ...certificateFiles<pulumi.Input<string>>(
            args.certificate.certificate,
            args.certificate.privateKey,
          ),
          ...args.signInFiles,
          publicFile("start.sh", fs.readFileSync(path.join(__dirname, "gateway.sh"), "utf8")),
        ],
        digestKey: args.digestKey,
        labels,
      },
      { parent: this },
    );

    const { config } = platform.folders;
    // A websocket that is watched takes up to a megabyte over its day.
    const memory = signIn.websocketCheck ? 1024 : 512;
    const tmp = 256;
    const start = (action: "run" | "test"): string[] => [
      `${config}/start.sh`,
      action,
      `${config}/${fileNames.nginx}`,
      `${upstreamsFolder}/${fileNames.upstreams}`,
      platform.upstreamsFile,
      `${config}/${fileNames.upstreams}`,
      ...(signIn.background === undefined ? [] : [`${config}/${signIn.background}`]),
    ];
    const configVolume = { volumeName: files.volumeName, containerPath: config, readOnly: true };
    const starts = check(
      `${name}.check`,
      {
        part: "gateway",
        image: args.image,
        uid: nginxUid,
        memory,
        tmp,
        command: ["sh", ...start("test")],
        seconds: 10,
        volumes: [configVolume],
        labels,
      },
      { parent: this },
    );
    const container = new docker.Container(
      name,
      {
        ...hardened({ uid: nginxUid, cpu: 2, memory, tmp, processes: 512 }),
        image: args.image,
        labels: files.digest.apply((digest) => labelList({ ...labels, "streamlit.files": digest })),
        entrypoints: ["sh"],
        command: start("run"),
        networksAdvanced: [{ name: network.name }, ...args.networks.map((name) => ({ name }))],
        ports: publishedPorts(site),
        volumes: [
          configVolume,
          { volumeName: args.upstreamsVolume, containerPath: upstreamsFolder, readOnly: true },
        ],
        // The kernel takes little more than it can send, so that nginx decides what comes next on an HTTP/2 connection:
        // otherwise a font goes before the small answers that the page waits for.
        sysctls: { "net.ipv4.tcp_notsent_lowat": "16384" },
        // curl repeats by itself, so that no process is started for a probe.
        ...shellHealthCheck(
          `curl -fsS ${healthUrl}`,
          `curl -fsS -o /dev/null --fail-early -m 2 --retry 2 --retry-all-errors --retry-delay 2 --rate 20/m ${healthUrl}?[1-200]`,
        ),
        waitTimeout: 60,
        stopSignal: "SIGTERM",
        stopTimeout: 5,
        destroyGraceSeconds: 5,
      },
      // Two containers cannot publish the same port at once. So the one that runs goes only after another has shown that
      // nginx starts with the new files.
      { parent: this, ...stopFirst, dependsOn: [starts] },
    );

    this.containerName = container.name;
    // Not the name: were the container to fail, the engine would complain of the output as well.
    this.registerOutputs();
  }
}
