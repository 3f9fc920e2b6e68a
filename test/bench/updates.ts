/**
 * `npm run bench:updates [docker] [kubernetes]`: how many of fifty people lose their session when the app that they have open is updated;
 * with `drainTimeout`, and without, which is what happens where a container is just replaced.
 *
 * They speak Streamlit's protocol, and press a button again and again. Who is not in the session that they had, or has lost the
 * connection to it, until half a minute after the new version serves newcomers, has lost it.
 */
import { setTimeout as delay } from "node:timers/promises";
import Table from "cli-table3";
import type { SiteArgs } from "../../components/spec/args";
import { DockerTarget } from "../contract/docker/target";
import { KubernetesTarget } from "../contract/kubernetes/target";
import { BasicSignIn } from "../contract/sign-ins/basic";
import { probe } from "../contract/support/apps";
import { ContractSite } from "../contract/support/site";
import { openAll, Visitor } from "../contract/support/visitors";
import type { ContractTarget } from "../contract/target";
import { log, onTargets } from "./on-targets";

const project = "bench-updates";
const people = 50;
/** How long after newcomers meet the new version it is looked who still has their session, in milliseconds. */
const afterwards = 30_000;

const targets: Record<string, () => ContractTarget> = {
  docker: () => new DockerTarget(project),
  kubernetes: () => new KubernetesTarget(project),
};

/** The app in a version, with two replicas. */
const apps = (version: string, drainTimeout: string): SiteArgs["apps"] => ({
  probe: {
    source: probe,
    route: "/probe",
    replicas: 2,
    drainTimeout,
    environment: { VERSION: version },
    resources: { cpu: 0.5, memory: "512Mi" },
  },
});

/** Update an app that people have open. @returns how many of them lost their session */
async function lost(target: ContractTarget, drainTimeout: string): Promise<number> {
  const site = new ContractSite(target, new BasicSignIn(), {
    image: "echo",
    of: () => apps("1", drainTimeout),
  });
  await site.up();
  const visitors: Visitor[] = [];
  try {
    visitors.push(...(await openAll(site, people)));
    const old = new Set(visitors.map(({ pod }) => pod));
    const changed = target.change(site.specWith(() => apps("2", drainTimeout)));
    await Promise.race([meetAnother(site, old), changed]);
    await delay(afterwards);
    const kept = await Promise.all(
      visitors.map(async (visitor) => visitor.breaks.length === 0 && (await visitor.goesOn())),
    );
    await Promise.all(visitors.map((visitor) => visitor.leave()));
    await changed;
    return kept.filter((is) => !is).length;
  } finally {
    await site.down();
  }
}

/** Come and go until there is a replica that is none of these. */
async function meetAnother(site: ContractSite, old: ReadonlySet<string>): Promise<void> {
  for (;;) {
    // While there is no new one yet and no old one any more, nobody gets in.
    const newcomer = await Visitor.come(site).catch(() => undefined);
    await newcomer?.leave();
    if (newcomer !== undefined && !old.has(newcomer.pod)) return;
    await delay(500);
  }
}

onTargets(targets, async (wanted) => {
  const table = new Table({
    head: [`sessions of ${people} lost by an update`, 'drainTimeout: "5m"', 'drainTimeout: "0s"'],
  });
  for (const { name, target } of wanted) {
    log(`  ${name}`);
    const on = target();
    table.push([name, await lost(on, "5m"), await lost(on, "0s")]);
  }
  return table.toString();
});
