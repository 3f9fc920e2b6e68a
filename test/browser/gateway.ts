/** A gateway without a site behind it: a real nginx on this machine with the very files that a target gives to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { bcryptHash, htpasswd, passwordFile } from "../../components/gateway/basic/htpasswd";
import { certificateFiles } from "../../components/gateway/files";
import { gatewayFiles } from "../../components/gateway/gateway";
import { logoFiles } from "../../components/gateway/logo";
import type { GatewayPlatform } from "../../components/gateway/platform";
import { signInOf } from "../../components/gateway/sign-in-kinds";
import type { SiteArgs } from "../../components/spec/args";
import { checkSite } from "../../components/spec/check";
import { TestAuthority } from "../oidc/certificates";
import { PythonTools } from "../unit/python-tools";

/** A gateway that runs. No app answers behind it. */
export interface LoneGateway {
  /** `https://host:port`. */
  origin: string;
  /** Its files, and what it writes. */
  folder: string;
  close: () => Promise<void>;
}

/**
 * Start one.
 *
 * @param spec the site; its ports are those that nginx listens on
 * @param oauth2Proxy the IP address at which something answers for oauth2-proxy. @default none does
 * @param changed files that are to have another text than the target gives
 */
export async function startGateway(
  spec: SiteArgs,
  oauth2Proxy = "127.0.0.1",
  changed: Record<string, string> = {},
): Promise<LoneGateway> {
  const site = checkSite(spec, "docker");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gateway-"));
  const platform: GatewayPlatform = {
    folders: { config: folder, scratch: folder },
    workers: 1,
    connections: 256,
    assetCacheMiB: 1,
    listen: { https: site.ports.https, http: site.ports.http },
    // Nobody answers there: an app is never found.
    resolver: { address: "127.0.0.1", validSeconds: 1, ipv6: false },
    connectTimeoutMs: 100,
    hosts: {
      apps: Object.fromEntries(site.apps.map(({ name }) => [name, `app-${name}`])),
      oauth2Proxy,
    },
  };
  const { certificate, privateKey } = new TestAuthority().issue(site.host);
  const users = Object.entries(site.auth.basic?.users ?? {}) as [string, string][];
  const hashes = users.map(([user, password]) => [user, bcryptHash(password, Buffer.alloc(16, user))]);
  for (const { name, text } of [
    ...gatewayFiles(site, platform),
    ...logoFiles(site),
    ...certificateFiles(certificate, privateKey),
    passwordFile(htpasswd(Object.fromEntries(hashes) as Record<string, string>)),
  ]) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const here = (changed[name] ?? text)
      .replace("/etc/nginx/mime.types", `${folder}/mime.types`)
      // It says every other second that no app is found.
      .replace("error_log stderr error;", "error_log stderr crit;");
    fs.writeFileSync(file, here);
  }
  fs.writeFileSync(path.join(folder, "mime.types"), "types { text/html html; }");

  const { background } = signInOf(site, platform);
  const running = [
    await startNginx(folder, "nginx"),
    ...(background === undefined ? [] : [await startNginx(folder, path.parse(background).name)]),
  ];
  return {
    origin: site.origin,
    folder,
    close: async () => {
      for (const nginx of running) {
        nginx.kill();
        if (nginx.exitCode === null) await once(nginx, "exit");
      }
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param name of its configuration and of the file with its process id */
async function startNginx(folder: string, name: string): Promise<ChildProcess> {
  const tools = await PythonTools.start();
  const binary = await tools.ask("nginx binary", "");
  tools.stop();
  const options = "daemon off; master_process off;";
  const nginx = spawn(binary, ["-e", "stderr", "-c", path.join(folder, `${name}.conf`), "-g", options], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  while (!fs.existsSync(path.join(folder, `${name}.pid`))) {
    if (nginx.exitCode !== null) throw new Error("nginx does not start");
    await delay(20);
  }
  return nginx;
}
