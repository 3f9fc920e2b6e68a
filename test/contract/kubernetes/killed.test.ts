/**
 * What people see when a part is killed, and for how long: a table of it is printed. Whatever is killed, nobody gets in who has not
 * signed in, and nobody has to do anything for it to come back.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import Table from "cli-table3";
import { OidcSignIn } from "../sign-ins/oidc";
import { probe } from "../support/apps";
import { ContractSite } from "../support/site";
import { type Page, StreamlitSession } from "../support/streamlit";
import { ensureTestCluster } from "../../kubernetes/cluster";
import { connection, killProcesses, nameOf, Pods } from "./pods";
import { KubernetesTarget } from "./target";

jest.setTimeout(300_000);

const user = "alice";
/** How long all has to be well until it counts as over, in milliseconds. */
const calm = 8000;
/** How long it may take at most, in milliseconds. */
const patience = 120_000;

/** What went wrong, from the first time until it went well again. */
class Watched {
  private readonly faults = new Set<string>();
  private first = 0;
  private last = 0;
  /** When it last went well. */
  private well = Date.now();

  constructor(readonly what: string) {}

  note(fault?: string): void {
    const now = Date.now();
    if (fault === undefined) this.well = now;
    else {
      this.first ||= now;
      this.last = now;
      this.faults.add(fault);
    }
  }

  /** Has it gone well for a while? */
  get isCalm(): boolean {
    return Date.now() - this.last > calm && Date.now() - this.well < 2000;
  }

  get shown(): string {
    if (this.first === 0) return "nothing";
    const seconds = Math.max(0.1, (this.last - this.first) / 1000);
    return `${[...this.faults].sort().join(", ")} for ${seconds.toFixed(1)} s`;
  }
}

describe("a part that is killed", () => {
  const target = new KubernetesTarget("contract-kubernetes-killed");
  const site = new ContractSite(target, new OidcSignIn({ redis: { connectionCheckInterval: "3s" } }), {
    image: "echo",
    of: () => ({
      probe: { source: probe, route: "/probe", replicas: 2, resources: { cpu: 0.5, memory: "256Mi" } },
    }),
  });
  const table = new Table({ head: ["killed", "a page", "a new sign-in", "an open session"] });
  beforeAll(() => site.up());
  afterAll(async () => {
    process.stderr.write(`${table.toString()}\n`);
    await site.down();
  });

  const pods = async (namespace: string, label: string): Promise<V1Pod[]> =>
    new Pods(connection((await ensureTestCluster(() => undefined)).kubeconfig), namespace).list(label);
  const part = async (name: string): Promise<V1Pod[]> =>
    (await pods(target.namespace, `streamlit.project=${target.project}`)).filter(
      ({ metadata: { labels = {} } = {} }) =>
        labels["streamlit.app"] === name || labels["streamlit.part"] === name,
    );

  const gateway = async (serves: boolean): Promise<V1Pod | undefined> => {
    const serving = await target.identityOf("gateway");
    return (await part("gateway")).find(({ metadata }) => (metadata?.uid === serving) === serves);
  };

  test.each<[what: string, find: (session: Page) => Promise<V1Pod | undefined>]>([
    [
      "the pod that has the session",
      async ({ container }) => (await part("probe")).find((pod) => nameOf(pod) === container),
    ],
    ["the gateway that these people have", () => gateway(true)],
    ["the other gateway", () => gateway(false)],
    ["an oauth2-proxy", async () => (await part("oauth2-proxy"))[0]],
    ["the other oauth2-proxy", async () => (await part("oauth2-proxy"))[1]],
    ["Redis", async () => (await part("redis"))[0]],
    ["CoreDNS", async () => (await pods("kube-system", "k8s-app=kube-dns"))[0]],
  ])("%s: nobody gets in meanwhile, and all is well again by itself", async (what, find) => {
    const page = new Watched("a page");
    const signingIn = new Watched("a new sign-in");
    const session = new Watched("an open session");
    const strangers = new Set<number>();
    let over = false;
    const again = async (pause: number, work: () => Promise<unknown>): Promise<void> => {
      while (!over) {
        await work();
        await delay(pause);
      }
    };
    const fault = (error: unknown): string => (error as { code?: string }).code ?? String(error);

    let open = await StreamlitSession.open(site.client, "/probe", { user });
    let { clicks } = await open.click();
    const load = [
      again(100, async () => {
        try {
          const { status } = await site.client.request("/probe/_stcore/health", { user });
          page.note(status === 200 ? undefined : String(status));
        } catch (error) {
          page.note(fault(error));
        }
      }),
      again(100, async () => {
        const answer = await site.client.request("/probe/_stcore/health").catch(() => undefined);
        if (answer) strangers.add(answer.status);
      }),
      again(1000, async () => {
        try {
          const { status } = (await site.signIn.signInAs("bob", "/probe/")).last;
          signingIn.note(status === 200 ? undefined : String(status));
        } catch (error) {
          signingIn.note(fault(error));
        }
      }),
      again(500, async () => {
        try {
          if (open.socket.readyState !== open.socket.OPEN)
            open = await StreamlitSession.open(site.client, "/probe", { user, resume: open });
          const now = (await open.click()).clicks;
          session.note(now === clicks + 1 ? undefined : "begins anew");
          clicks = now;
        } catch {
          session.note("not connected");
        }
      }),
    ];
    try {
      const victim = await find(await open.page());
      if (!victim) throw new Error(`there is no such pod: ${what}`);
      await delay(1000);
      killProcesses(victim);
      const killed = Date.now();
      const all = [page, signingIn, session];
      await delay(calm);
      while (!all.every(({ isCalm }) => isCalm)) {
        if (Date.now() - killed > patience)
          throw new Error(`not well again: ${all.map((one) => `${one.what}: ${one.shown}`).join("; ")}`);
        await delay(200);
      }
    } finally {
      over = true;
      await Promise.all(load);
      await open.drop();
      table.push([what, page.shown, signingIn.shown, session.shown]);
    }
    expect(strangers.has(401)).toBe(true);
    expect([...strangers].filter((status) => status < 300)).toEqual([]);
  });
});
