/**
 * `npm run bench:targets [docker] [kubernetes]`: what a visitor meets of the same site on each target, with one, two and four replicas of
 * the app, side by side in one run.
 */
import { setTimeout as delay } from "node:timers/promises";
import * as path from "node:path";
import Table from "cli-table3";
import { aptInstall, ensureChromium } from "../../scripts/machine";
import { DockerTarget } from "../contract/docker/target";
import { KubernetesTarget } from "../contract/kubernetes/target";
import { OidcSignIn } from "../contract/sign-ins/oidc";
import { ports } from "../contract/support/apps";
import { ContractSite } from "../contract/support/site";
import type { ContractTarget } from "../contract/target";
import { testLayout } from "../kubernetes/cluster";
import { Visitor } from "./browser";
import type { Way } from "./contender";
import { untilHealthy } from "./http";
import type { Address } from "./line";
import { hashedAssets, requestsPerSecond } from "./load";
import { checkRemembered, requestsSeen } from "./oauth2-proxy";
import { log, onTargets } from "./on-targets";
import { roundTrips } from "./socket";
import { median } from "./statistics";

const project = "bench-targets";
const replicaCounts = [1, 2, 4] as const;
const rounds = 5;

interface Measured {
  target: ContractTarget;
  /** Where the gateway is, without what stands between this machine's loopback addresses and it. */
  address: () => Promise<Address>;
}

const measured: Record<string, () => Measured> = {
  docker: () => {
    const target = new DockerTarget(project);
    const address = async (): Promise<Address> => {
      const gateway = (await target.endpointsOf("gateway")).find(({ tls }) => tls);
      if (!gateway) throw new Error("the gateway listens nowhere");
      return gateway;
    };
    return { target, address };
  },
  kubernetes: () => ({
    target: new KubernetesTarget(project),
    address: () => Promise.resolve({ host: testLayout.nodeAddress, port: ports.https }),
  }),
};

const rows = {
  cold: "first visit, ms",
  asset: "a hashed file, answers a second",
  click: "click, ms",
  browserClick: "click in Chromium, ms",
  checks: "requests to oauth2-proxy of a first visit",
} as const;

type Figures = Record<keyof typeof rows, number>;

/** Bring the site up, measure, and remove it. */
async function measure({ target, address }: Measured, replicas: number, chromium: string): Promise<Figures> {
  const signIn = new OidcSignIn({ redis: {} });
  const plain = { source: path.join(__dirname, "app"), replicas };
  const site = new ContractSite(target, signIn, { image: "echo", of: () => ({ plain }) });
  await site.up();
  try {
    const way: Way = {
      url: `${site.client.origin}/`,
      address: await address(),
      session: signIn.signedIn("alice").Cookie ?? "",
      caCertificate: target.outputs.caCertificate,
    };
    await untilHealthy(way);
    const seen = (): Promise<number> => requestsSeen((...command) => target.exec("oauth2-proxy", ...command));
    const visited = async <T>(use: (visitor: Visitor) => Promise<T>): Promise<T> => {
      const visitor = new Visitor(chromium, way);
      try {
        return await use(visitor);
      } finally {
        await visitor.close();
      }
    };
    // Once unmeasured: the first visitors of a replica wait for Python to import things, the gateway's for its cache to fill.
    for (let visit = 0; visit < 2 * replicas; visit++) await visited((visitor) => visitor.visit());
    const assets = await hashedAssets(way);
    const middle = assets[Math.floor(assets.length / 2)];
    if (middle === undefined) throw new Error("the page names no hashed files");
    const values: Record<keyof typeof rows, number[]> = {
      cold: [],
      asset: [],
      click: [],
      browserClick: [],
      checks: [],
    };
    for (let round = 0; round < rounds; round++) {
      await delay(checkRemembered);
      const before = await seen();
      values.cold.push((await visited((visitor) => visitor.visit())).milliseconds);
      values.checks.push((await seen()) - before);
      values.asset.push(await requestsPerSecond(way, middle, "h1", 2));
      values.click.push(median((await roundTrips(way, 40)).clicks));
      values.browserClick.push(median(await visited((visitor) => visitor.click(20))));
    }
    return Object.fromEntries(Object.entries(values).map(([row, list]) => [row, median(list)])) as Figures;
  } finally {
    await site.down();
  }
}

onTargets(measured, async (wanted) => {
  const chromium = await ensureChromium(log);
  await aptInstall(["nghttp2-client"], log);
  const figures: { column: string; values: Figures }[] = [];
  // Targets in turn for each number of replicas, so that what the machine does meanwhile meets them alike.
  for (const replicas of replicaCounts)
    for (const { name, target } of wanted) {
      const column = `${name} × ${replicas}`;
      log(`  ${column}`);
      figures.push({ column, values: await measure(target(), replicas, chromium) });
    }
  const table = new Table({ head: ["", ...figures.map(({ column }) => column)] });
  for (const [row, title] of Object.entries(rows) as [keyof typeof rows, string][])
    table.push([title, ...figures.map(({ values }) => values[row].toPrecision(3))]);
  return table.toString();
});
