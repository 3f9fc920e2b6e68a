import * as fs from "node:fs";
import * as path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import {
  checkedUpstreams,
  gatewayFolder,
  gatewayPorts,
  nginxConfig,
  upstreamsFile,
  upstreamsFolder,
} from "../gateway/nginx";
import { socketsScriptFile } from "../gateway/oidc/sign-in";
import { gatewayPages } from "../gateway/pages";
import { socketsScript } from "../gateway/websockets";
import { upstreamsConfig } from "../gateway/upstreams";
import type { Site } from "../spec/check";
import type { Certificate } from "../shared/certificate";
import { Files } from "./files";
import { hardened, type Labels, labelList } from "./hardening";

/** What {@link Gateway} takes. */
export interface GatewayArgs {
  site: Site;
  /** The id of the nginx image. */
  image: pulumi.Input<string>;
  certificate: Certificate;
  /** The password file, with `auth.basic`. */
  htpasswd?: pulumi.Input<string>;
  /** The networks of the apps, and with `auth.oidc` that of the sign-in. */
  networks: pulumi.Input<string>[];
  /** The volume with the `upstreams.conf` to follow; the file itself may come later. */
  upstreamsVolume: pulumi.Input<string>;
  digestKey: pulumi.Input<string>;
  labels: Labels;
}

/** The user `nginx` of the official image. */
const uid = 101;

/** The only container of a site that publishes ports: nginx, between the public network and each app's own. */
export class Gateway extends pulumi.ComponentResource {
  /** The name of the gateway's container. */
  readonly containerName: pulumi.Output<string>;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:DockerGateway", name, {}, opts);
    const { site } = args;
    const labels = { ...args.labels, "streamlit.gateway": "nginx" };

    const network = new docker.Network(
      name,
      { driver: "bridge", labels: labelList(labels) },
      { parent: this },
    );
    const files = new Files(
      `${name}-files`,
      {
        image: args.image,
        files: {
          "nginx.conf": nginxConfig(site),
          [upstreamsFile]: upstreamsConfig(site, new Map()),
          "start.sh": fs.readFileSync(path.join(__dirname, "gateway.sh"), "utf8"),
          ...(site.auth.oidc && { [socketsScriptFile]: socketsScript() }),
          ...(args.htpasswd !== undefined && { htpasswd: args.htpasswd }),
          "tls.crt": args.certificate.certificate,
          "tls.key": args.certificate.privateKey,
          ...Object.fromEntries(
            Object.entries(gatewayPages(site)).map(([file, text]) => [`pages/${file}`, text]),
          ),
        },
        digestKey: args.digestKey,
        labels,
      },
      { parent: this },
    );

    const container = new docker.Container(
      name,
      {
        // A websocket that is watched takes up to half a megabyte over its day.
        ...hardened({ uid, cpu: 2, memory: site.auth.oidc ? 1024 : 512, tmp: 256, processes: 512 }),
        image: args.image,
        labels: files.digest.apply((digest) => labelList({ ...labels, "streamlit.files": digest })),
        entrypoints: ["sh"],
        command: [
          `${gatewayFolder}/start.sh`,
          `${gatewayFolder}/nginx.conf`,
          `${upstreamsFolder}/${upstreamsFile}`,
          checkedUpstreams,
          `${gatewayFolder}/${upstreamsFile}`,
        ],
        networksAdvanced: [{ name: network.name }, ...args.networks.map((name) => ({ name }))],
        ports: [
          { internal: gatewayPorts.https, external: site.ports.https, ip: site.ports.address },
          { internal: gatewayPorts.http, external: site.ports.http, ip: site.ports.address },
        ],
        volumes: [
          { volumeName: files.volumeName, containerPath: gatewayFolder, readOnly: true },
          { volumeName: args.upstreamsVolume, containerPath: upstreamsFolder, readOnly: true },
        ],
        // The kernel takes little more than it can send, so that nginx decides what comes next on an HTTP/2 connection:
        // otherwise a font goes before the small answers that the page waits for.
        sysctls: { "net.ipv4.tcp_notsent_lowat": "16384" },
        healthcheck: {
          tests: ["CMD", "curl", "-fsS", "-o", "/dev/null", `http://127.0.0.1:${gatewayPorts.http}/healthz`],
          interval: "2s",
          timeout: "2s",
          startPeriod: "10s",
          startInterval: "1s",
          retries: 3,
        },
        waitTimeout: 60,
        stopSignal: "SIGTERM",
        stopTimeout: 5,
        destroyGraceSeconds: 5,
      },
      // Two containers cannot publish the same port at once.
      { parent: this, deleteBeforeReplace: true },
    );

    this.containerName = container.name;
    // Not the name: were the container to fail, the engine would complain of the output as well.
    this.registerOutputs();
  }
}
