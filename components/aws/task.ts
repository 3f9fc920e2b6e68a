/** What a task of an app is made of: data, without Pulumi. */
import type { App } from "../spec/site";
import { hasOwnDockerfile } from "../streamlit/source";
import { streamlitEnvironment, streamlitPaths, streamlitPort } from "../streamlit/streamlit";
import { volumeFolders, writeFiles } from "./files";

/** The user of all apps. */
export const appUid = 10001;

/** The name of the container that serves the app. */
export const appContainer = "streamlit";

/** In seconds: what a container has that is told to end. Those who had it open were given `drainTimeout` before. */
const endTime = 15;

/** What is known of a task once it is to be made. */
export interface KnownTask {
  /** The name of the app's image. */
  image: string;
  /** The text of `config.toml`. */
  config: string;
  /** The ARN of the app's secret with its version; undefined for an app without. */
  secret: string | undefined;
  environment: Readonly<Record<string, string>>;
  /** The subnets of the load balancer, whose word on the visitor's address is taken. */
  proxies: readonly string[];
  logGroup: string;
  region: string;
}

/** The volumes of a task: what the app reads, and what it may write to. */
export const taskVolumes = [{ name: "files" }, { name: "tmp" }];

/**
 * The containers of a task, as a task definition has them.
 *
 * @param app an app of a checked spec
 * @param known the rest
 */
export function containerDefinitions(app: App, known: KnownTask): object[] {
  // An image of somebody else's making brings its own command.
  const builtByUs = "folder" in app.source && !hasOwnDockerfile(app.source.folder);
  const logs = (stream: string): object => ({
    logDriver: "awslogs",
    options: {
      "awslogs-group": known.logGroup,
      "awslogs-region": known.region,
      "awslogs-stream-prefix": stream,
      // An app does not stand still because its log does.
      mode: "non-blocking",
      "max-buffer-size": "4m",
    },
  });
  const hardened = {
    image: known.image,
    readonlyRootFilesystem: true,
    linuxParameters: { capabilities: { drop: ["ALL"] }, initProcessEnabled: true },
  };
  const environment = {
    HOME: "/tmp",
    ...streamlitEnvironment,
    // A load balancer adds to what a visitor sent: the last address that is not its own counts.
    FORWARDED_ALLOW_IPS: known.proxies.join(","),
    ...known.environment,
  };
  return [
    {
      name: "files",
      ...hardened,
      essential: false,
      user: "0:0",
      entryPoint: ["python3", "-I", "-S", "-c", writeFiles],
      command: [],
      environment: [{ name: "CONFIG", value: known.config }],
      ...(known.secret !== undefined && { secrets: [{ name: "SECRETS", valueFrom: known.secret }] }),
      mountPoints: Object.entries(volumeFolders).map(([volume, containerPath]) => ({
        sourceVolume: volume,
        containerPath,
        readOnly: false,
      })),
      logConfiguration: logs("files"),
    },
    {
      name: appContainer,
      ...hardened,
      essential: true,
      dependsOn: [{ containerName: "files", condition: "SUCCESS" }],
      user: `${appUid}:${appUid}`,
      ...(builtByUs && { entryPoint: ["python", "-m", "streamlit", "run", app.entry], command: [] }),
      workingDirectory: app.workingDir,
      environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      portMappings: [{ containerPort: streamlitPort, hostPort: streamlitPort, protocol: "tcp" }],
      mountPoints: [
        { sourceVolume: "files", containerPath: `${app.workingDir}/.streamlit`, readOnly: true },
        { sourceVolume: "tmp", containerPath: "/tmp", readOnly: false },
      ],
      healthCheck: {
        command: ["CMD", "python3", "-I", "-S", "-c", healthCheck(app)],
        interval: 10,
        timeout: 5,
        retries: 3,
        // An app may take its time to start, and is not killed for it.
        startPeriod: 120,
      },
      stopTimeout: endTime,
      logConfiguration: logs("app"),
    },
  ];
}

/** Python that ends with an error unless Streamlit answers; any unknown path is answered with 200, so that the text counts. */
function healthCheck({ path }: App): string {
  const url = `http://127.0.0.1:${streamlitPort}${path}${streamlitPaths.health}`;
  return `import urllib.request as r; assert r.urlopen("${url}", timeout=4).read() == b"ok"`;
}
