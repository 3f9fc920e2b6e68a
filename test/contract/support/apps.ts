/** The apps of the contract's sites, and where such a site is reached. */
import * as path from "node:path";
import type { AllowArgs, SiteArgs } from "../../../components/spec/args";

/** The host name of every site of the contract. */
export const host = "analytics.test";

const { JEST_WORKER_ID = "0", TEST_LOOPBACK = "127.0.0" } = process.env;

/** Every worker of Jest has ports and an address of its own, because the workers' sites are up at the same time. */
const worker = Number(JEST_WORKER_ID);

/** Its ports: on a cluster those of the node. */
export const ports = { https: 18440 + worker, http: 18080 + worker };

/** The port of the identity provider that they sign in at. */
export const identityProviderPort = 19440 + worker;

/** The loopback address at which they are. `TEST_LOOPBACK` gives another run of Jest on this machine others. */
export const address = `${TEST_LOOPBACK}.${String(worker + 1)}`;

/** An origin that is the same site to browsers as {@link host}, and one that is not. Nothing is there. */
export const portals = {
  sameSite: `https://portal.${host}:18543`,
  crossSite: "https://intranet.example",
} as const;

/** The folder of the test apps. */
export const appsFolder = path.join(__dirname, "..", "apps");

/** The folder of the probe app. */
export const probe = path.join(appsFolder, "probe");

/** An app of these tests that is not Streamlit, and has an image. */
export type TestApp = "echo" | "versions";

/** A secret of the app `open`. */
export const appSecret = "s3cret-of-the-app-open";

/** The largest upload to the apps `open` and `echo`, in MB. */
export const maxUploadSize = 5;

/** The hosts of {@link ownHostApps}, by their names: all are one site to browsers, with {@link host}. */
export const ownHostsOfApps = { own: `own.${host}`, other: `other.${host}` } as const;

/**
 * Apps with hosts of their own, beside {@link contractApps}: `own`, Streamlit's, to alice alone; `other`, which is not Streamlit, to
 * everybody.
 *
 * @param echoImage the image of the app `other`
 * @param onlyAlice a guest list with alice and not bob on it
 */
export const ownHostApps = (echoImage: string, onlyAlice: AllowArgs): SiteArgs["apps"] => ({
  own: {
    source: probe,
    host: ownHostsOfApps.own,
    allow: onlyAlice,
    streamlit: { "server.enableAgentApi": "true" },
  },
  other: { image: echoImage, host: ownHostsOfApps.other, resources: { memory: "128Mi", cpu: 0.5 } },
});

/** The names of {@link contractApps}. */
export const appNames = ["open", "limited", "echo"] as const;

/**
 * Three apps: `open` to every user and with a way out; `limited` to alice and without one; `echo`, which
 * is not Streamlit but tells what arrives.
 *
 * @param echoImage the image of the app `echo`
 * @param onlyAlice a guest list with alice and not bob on it
 * @param framedBy the origins whose pages may show `limited` in a frame
 */
export const contractApps = (
  echoImage: string,
  onlyAlice: AllowArgs,
  framedBy: string[],
): SiteArgs["apps"] => ({
  open: {
    source: probe,
    egress: true,
    secrets: { DB_PASSWORD: appSecret },
    streamlit: { "server.maxUploadSize": String(maxUploadSize), "server.enableAgentApi": "true" },
  },
  limited: {
    source: probe,
    allow: onlyAlice,
    embed: { from: framedBy },
    // The gateway must hold a connection on which nothing is sent for longer than nginx's default minute.
    streamlit: { "server.websocketPingInterval": "300" },
  },
  echo: {
    image: echoImage,
    streamlit: { "server.maxUploadSize": String(maxUploadSize) },
    forwardHeaders: ["traceparent", "X-Request-Id"],
    resources: { memory: "128Mi", cpu: 0.5 },
  },
});
