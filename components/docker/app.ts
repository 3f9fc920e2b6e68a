import * as fs from "node:fs";
import * as path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { streamlitConfig } from "../streamlit/config";
import { type KnownSecrets, streamlitSecrets } from "../streamlit/secrets";
import { publicFile, secretFile } from "../gateway/files";
import type { Labels } from "../shared/labels";
import { streamlitEnvironment, streamlitPaths, streamlitPort } from "../streamlit/streamlit";
import type { App, Site } from "../spec/site";
import { appUid } from "./app-user";
import { check } from "./check";
import { egressForwarders } from "./egress";
import { Files } from "./files";
import { hardened, labelList, residentHealthCheck } from "./hardening";
import { appImage } from "./image";
import { internalNetwork } from "./network";
import { appHost, nginxUid } from "./platform";
import { startFirst, stopFirst } from "./replacement";
import { appVolumes } from "./volumes";
import { hasOwnDockerfile, ownStreamlitConfig } from "../streamlit/source";

/** What {@link StreamlitApp} takes. */
export interface StreamlitAppArgs {
  site: Site;
  app: App;
  /** The id of the nginx image, which has a shell and curl; also for the container that carries files. */
  filesImage: pulumi.Input<string>;
  digestKey: pulumi.Input<string>;
  /** What {@link volumeImage} gives; for an app with volumes. */
  volumeImage?: pulumi.Input<string>;
  labels: Labels;
}

/** An address for documentation (RFC 5737), where no DNS server is. */
const nowhere = "192.0.2.1";

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
  /** Their ids, once the first of them has gone on answering for the app's `minReadySeconds`. */
  readonly readyIds: pulumi.Output<string[]>;

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

    const forwarders = egressForwarders(
      name,
      { app, networkName: network.name, image: args.filesImage, labels },
      parent,
    );
    const data = appVolumes(name, { app, image: args.volumeImage ?? "", labels }, parent);

    // An image of somebody else's making brings its own command.
    const builtByUs = "folder" in app.source && !hasOwnDockerfile(app.source.folder);
    const healthPath = `${app.path}${streamlitPaths.health}`;
    const settings = {
      ...hardened({
        uid: appUid(args.labels, app),
        cpu: app.cpu,
        memory: app.memory,
        tmp: Math.min(256, Math.floor(app.memory / 2)),
        processes: 2048,
      }),
      image,
      ...(builtByUs && { command: ["python", "-m", "streamlit", "run", app.entry] }),
      workingDir: app.workingDir,
      envs: pulumi
        .output(app.environment)
        .apply((environment) =>
          Object.entries({ HOME: "/tmp", ...streamlitEnvironment, ...environment }).map(
            ([variable, value]) => `${variable}=${value}`,
          ),
        ),
      networksAdvanced: [{ name: network.name, aliases: [appHost(app)] }],
      // Names on its own network are found all the same. For others, Docker before 26 asks the machine's resolver where that is on the
      // machine itself, on an internal network as well (CVE-2024-29018): whoever answers for a domain then reads what is asked for.
      ...(!app.egress && { dns: [nowhere] }),
      volumes: [
        { volumeName: files.volumeName, containerPath: `${app.workingDir}/.streamlit`, readOnly: true },
        ...data.mounts,
      ],
      // Nothing of the image's own but Python, whatever the app's environment says.
      ...residentHealthCheck([
        ...["python3", "-I", "-S", "-c", fs.readFileSync(path.join(__dirname, "app_health.py"), "utf8")],
        ...[String(streamlitPort), healthPath],
      ]),
      waitTimeout: 120,
      stopTimeout: 10,
      destroyGraceSeconds: 10,
    } satisfies docker.ContainerArgs;
    const replica = (number: number, after: pulumi.Resource[]): docker.Container => {
      // The name of an app has no dot, so that no other app's container is called so.
      const suffix = number === 1 ? "" : `.${number}`;
      const ownLabels = number === 1 ? labels : { ...labels, "streamlit.part": `${app.name}${suffix}` };
      const container = new docker.Container(
        `${name}${suffix}`,
        {
          ...settings,
          labels: files.digest.apply((digest) => labelList({ ...ownLabels, "streamlit.files": digest })),
        },
        {
          ...parent,
          ...(app.recreate ? stopFirst : startFirst),
          dependsOn: [...data.ready, ...forwarders, ...after],
        },
      );
      this.replicas.push(container);
      return container;
    };
    // Each once the one before is healthy, the second once the first has gone on answering as well: a version that does not
    // start, or not for long, fails with the first.
    const first = replica(1, []);
    const goesOn = check(
      `${name}.check`,
      {
        part: app.name,
        image: args.filesImage,
        uid: nginxUid,
        memory: 32,
        tmp: 1,
        command: [
          "sh",
          "-c",
          fs.readFileSync(path.join(__dirname, "answers.sh"), "utf8"),
          "answers",
          `http://127.0.0.1:${streamlitPort}${healthPath}`,
          String(app.minReadySeconds),
        ],
        seconds: app.minReadySeconds + 15,
        networkOf: first.id,
        labels,
      },
      parent,
    );
    let last = goesOn;
    for (let number = 2; number <= app.replicas; number++) last = replica(number, [last]);

    this.readyIds = pulumi
      .all([pulumi.all(this.replicas.map(({ id }) => id)), goesOn.id])
      .apply(([ids]) => ids);
    this.app = app;
    this.networkName = network.name;
    this.registerOutputs({ networkName: this.networkName });
  }
}
