import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { streamlitConfig } from "../streamlit/config";
import { type KnownSecrets, streamlitSecrets } from "../streamlit/secrets";
import { publicFile, secretFile } from "../gateway/files";
import type { Labels } from "../shared/labels";
import { streamlitPaths, streamlitPort } from "../streamlit/streamlit";
import type { App, Site } from "../spec/site";
import { Files } from "./files";
import { hardened, labelList } from "./hardening";
import { appImage } from "./image";
import { internalNetwork } from "./network";
import { appHost } from "./platform";
import { hasOwnDockerfile, ownStreamlitConfig } from "../streamlit/source";

/** What {@link StreamlitApp} takes. */
export interface StreamlitAppArgs {
  site: Site;
  app: App;
  /** Any image, for the container that carries files. */
  filesImage: pulumi.Input<string>;
  digestKey: pulumi.Input<string>;
  labels: Labels;
}

/** The user that every app runs as. */
const uid = 10001;

/**
 * One app: its image, its private network, its settings and secrets as files, its containers. Nothing is published; only
 * a container that joins {@link networkName} reaches it.
 */
export class StreamlitApp extends pulumi.ComponentResource {
  /** The app in the spec. */
  readonly app: App;
  /** The network that the app shares with the gateway and with nobody else. */
  readonly networkName: pulumi.Output<string>;
  /** The app's containers, one for each replica. */
  readonly replicas: docker.Container[] = [];

  constructor(name: string, args: StreamlitAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:DockerApp", name, {}, opts);
    const { site, app } = args;
    const labels = { ...args.labels, "streamlit.app": app.name };
    const parent = { parent: this };

    const network = app.egress
      ? new docker.Network(name, { driver: "bridge", labels: labelList(labels) }, parent)
      : internalNetwork(name, labels, parent);
    const image = appImage(name, site, app, parent);

    const own = "folder" in app.source ? ownStreamlitConfig(app.source.folder) : "";
    const files = new Files(
      `${name}-files`,
      {
        image: args.filesImage,
        files: [
          publicFile<pulumi.Input<string>>("config.toml", streamlitConfig(site, app, own)),
          secretFile(
            "secrets.toml",
            pulumi.output(app.secrets).apply((known) => streamlitSecrets(known as KnownSecrets)),
          ),
        ],
        digestKey: args.digestKey,
        labels,
      },
      parent,
    );

    // An image of somebody else's making brings its own command.
    const builtByUs = "folder" in app.source && !hasOwnDockerfile(app.source.folder);
    const settings = {
      ...hardened({
        uid,
        cpu: app.cpu,
        memory: app.memory,
        tmp: Math.min(256, app.memory / 2),
        processes: 2048,
      }),
      image,
      ...(builtByUs && { command: ["python", "-m", "streamlit", "run", app.entry] }),
      workingDir: app.workingDir,
      envs: pulumi
        .output(app.environment)
        .apply((environment) =>
          Object.entries({ HOME: "/tmp", ...environment }).map(([variable, value]) => `${variable}=${value}`),
        ),
      networksAdvanced: [{ name: network.name, aliases: [appHost(app)] }],
      volumes: [
        { volumeName: files.volumeName, containerPath: `${app.workingDir}/.streamlit`, readOnly: true },
      ],
      healthcheck: {
        // Any path is answered with 200, so the answer's text counts.
        tests: [
          "CMD",
          "python3",
          "-c",
          `import urllib.request as u; assert u.urlopen("http://127.0.0.1:${streamlitPort}${app.path}${streamlitPaths.health}", timeout=2).read() == b"ok"`,
        ],
        interval: "5s",
        timeout: "5s",
        startPeriod: "60s",
        startInterval: "1s",
        retries: 3,
      },
      waitTimeout: 120,
      stopTimeout: 10,
      destroyGraceSeconds: 10,
    } satisfies docker.ContainerArgs;
    for (let number = 1; number <= app.replicas; number++) {
      // The name of an app has no dot, so that no other app's container is called so.
      const suffix = number === 1 ? "" : `.${number}`;
      const ownLabels = number === 1 ? labels : { ...labels, "streamlit.part": `${app.name}${suffix}` };
      const replica = new docker.Container(
        `${name}${suffix}`,
        {
          ...settings,
          labels: files.digest.apply((digest) => labelList({ ...ownLabels, "streamlit.files": digest })),
        },
        // Each once the one before is healthy: a version that does not start fails with the first.
        { ...parent, dependsOn: this.replicas.slice(-1) },
      );
      this.replicas.push(replica);
    }

    this.app = app;
    this.networkName = network.name;
    this.registerOutputs({ networkName: this.networkName });
  }
}
