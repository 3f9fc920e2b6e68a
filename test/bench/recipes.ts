/** What one sets up by hand: Streamlit, the usual nginx, and the usual oauth2-proxy. */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { HostConfig } from "dockerode";
import { start } from "./containers";
import { metricsAddress } from "./oauth2-proxy";

/** Which image an app runs from, and what it may use. */
export interface AppArgs {
  image: string;
  /** Those of a container: its limits are taken over. */
  host: HostConfig;
}

/**
 * Streamlit as one starts it by hand.
 *
 * @param alias its name on the network
 * @returns the container's id
 */
export function startApp({ image, host }: AppArgs, network: string, alias: string): Promise<string> {
  const { NanoCpus, CpuPeriod, CpuQuota, Memory, MemorySwap } = host;
  const options = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
  };
  const limits = { NanoCpus, CpuPeriod, CpuQuota, Memory, MemorySwap };
  return start({
    Image: image,
    Cmd: [
      ...["python", "-m", "streamlit", "run", "streamlit_app.py"],
      ...Object.entries(options).map(([option, value]) => `--${option}=${value}`),
    ],
    Env: ["HOME=/tmp"],
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [alias] } } },
    HostConfig: { ...(limits as HostConfig), NetworkMode: network, Init: true },
  });
}

/** The port of the recipes' nginx. */
export const recipePort = 8000;

/**
 * nginx with one of the configurations in this folder.
 *
 * @param files texts by their names, to be in its `/tmp`
 * @returns the container's id
 */
export function startNginx(
  image: string,
  network: string,
  configuration: string,
  files: Record<string, string> = {},
): Promise<string> {
  const all = { ...files, "nginx.conf": fs.readFileSync(path.join(__dirname, configuration), "utf8") };
  const write = Object.entries(all).map(([name, text]) => writes(`/tmp/${name}`, Buffer.from(text)));
  return start({
    Image: image,
    Entrypoint: ["sh", "-c"],
    Cmd: [`${write.join(" && ")} && exec nginx -c /tmp/nginx.conf -g "daemon off;"`],
    HostConfig: { NetworkMode: network, Init: true, LogConfig: logs },
  });
}

/** What {@link startOauth2Proxy} takes. */
export interface Oauth2ProxyArgs {
  image: string;
  /** Where nginx finds it as `oauth2-proxy`. */
  network: string;
  /** Where it finds the provider. */
  providerNetwork: string;
  issuer: string;
  /** The certificate authority of the provider, PEM. */
  ca: string;
  client: { id: string; secret: string };
  /** Where the provider sends people back to. */
  redirectUrl: string;
}

/**
 * oauth2-proxy as its documentation sets it up, by environment variables: sessions in the cookie, everything else by
 * default but what this provider insists on.
 *
 * @returns the container's id
 */
export function startOauth2Proxy(args: Oauth2ProxyArgs): Promise<string> {
  const options = {
    PROVIDER: "oidc",
    OIDC_ISSUER_URL: args.issuer,
    CLIENT_ID: args.client.id,
    CLIENT_SECRET: args.client.secret,
    REDIRECT_URL: args.redirectUrl,
    COOKIE_SECRET: randomBytes(16).toString("hex"),
    // The recipe speaks plain HTTP.
    COOKIE_SECURE: "false",
    EMAIL_DOMAINS: "*",
    HTTP_ADDRESS: "0.0.0.0:4180",
    CODE_CHALLENGE_METHOD: "S256",
    PROVIDER_CA_FILES: "/tmp/ca.pem",
    // To be measured by.
    METRICS_ADDRESS: metricsAddress,
  };
  return start(
    {
      Image: args.image,
      Entrypoint: ["sh", "-c"],
      Cmd: [`${writes("/tmp/ca.pem", Buffer.from(args.ca))} && exec oauth2-proxy`],
      Env: Object.entries(options).map(([name, value]) => `OAUTH2_PROXY_${name}=${value}`),
      NetworkingConfig: { EndpointsConfig: { [args.network]: { Aliases: ["oauth2-proxy"] } } },
      HostConfig: { NetworkMode: args.network, Init: true, LogConfig: logs },
    },
    [args.providerNetwork],
  );
}

const logs = { Type: "json-file", Config: { "max-size": "10m" } };

/** The shell command that writes a file. */
function writes(file: string, content: Buffer): string {
  return `echo ${content.toString("base64")} | base64 -d > ${file}`;
}
