/**
 * As much of Pulumi's Node.js language host as `pulumi preview` and `pulumi up` need, to test that they run this
 * repository's program from Pulumi.yaml: the official host comes with the official CLI only. What runs the program, the
 * SDK's own `cmd/run`, is the real one, started as the official host starts it.
 *
 * @see `sdk/nodejs/cmd/pulumi-language-nodejs/main.go` of pulumi 3.259
 */
import { spawn } from "node:child_process";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { GetRequiredPackagesResponse, type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";

const engineAddress = process.argv.at(-1) ?? "";

/** How `cmd/run` says that the engine already knows what went wrong. */
const bail = 32;

type Handler<Request, Response> = (
  call: { request: Request },
  done: (error: unknown, response?: Response) => void,
) => void;

const getPluginInfo: Handler<unknown, PluginInfo> = (_call, done) => {
  const info = new PluginInfo();
  info.setVersion("1.0.0");
  done(null, info);
};

const getRequiredPackages: Handler<unknown, GetRequiredPackagesResponse> = (_call, done) => {
  done(null, new GetRequiredPackagesResponse());
};

const run: Handler<RunRequest, RunResponse> = ({ request }, done) => {
  const info = request.getInfo();
  const options = info?.getOptions()?.toJavaScript() as { nodeargs?: string; typescript?: boolean };
  const args = [
    ...(options.nodeargs?.split(" ") ?? []),
    require.resolve("@pulumi/pulumi/cmd/run"),
    ...["--monitor", request.getMonitorAddress(), "--engine", engineAddress],
    ...["--organization", request.getOrganization(), "--project", request.getProject()],
    ...[
      "--stack",
      request.getStack(),
      "--pwd",
      request.getPwd(),
      "--parallel",
      String(request.getParallel()),
    ],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() ?? ".",
  ];
  const program = spawn(process.execPath, args, {
    cwd: info?.getProgramDirectory(),
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: String(options.typescript ?? true),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [program.stdout, program.stderr])
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  program.on("close", (code) => {
    const response = new RunResponse();
    if (code === bail) response.setBail(true);
    else if (code !== 0) response.setError(`the program exited with code ${code}: ${output}`);
    done(null, response);
  });
};

const unimplemented: Handler<unknown, never> = (_call, done) => {
  done({ code: grpc.status.UNIMPLEMENTED });
};

const service = LanguageRuntimeService as unknown as grpc.ServiceDefinition;
const server = new grpc.Server();
server.addService(service, {
  ...Object.fromEntries(Object.keys(service).map((method) => [method, unimplemented])),
  getPluginInfo,
  getRequiredPackages,
  run,
} as unknown as grpc.UntypedServiceImplementation);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  // The engine reads the port from the first line.
  process.stdout.write(`${port}\n`);
});
