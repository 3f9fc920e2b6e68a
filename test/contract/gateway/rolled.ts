/** Contract 10 for a site whose only app is at `/`: it is rolled while a browser has it open and a program asks all the time. */
import { setTimeout as delay } from "node:timers/promises";
import type { SiteArgs } from "../../../components/spec/args";
import { BasicSignIn } from "../sign-ins/basic";
import { probe } from "../support/apps";
import { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";
import type { ContractTarget } from "../target";
import { replicaOf } from "./replicas";

const user = "alice";
/** In seconds. */
const drainTimeout = 15;

const onlyApp = (version: string): SiteArgs["apps"] => ({
  probe: {
    source: probe,
    replicas: 2,
    drainTimeout: `${String(drainTimeout)}s`,
    environment: { VERSION: version },
    resources: { cpu: 0.5, memory: "256Mi" },
  },
});

/** A site with the probe at `/`, twice. */
export class RolledSite extends ContractSite<BasicSignIn> {
  constructor(target: ContractTarget) {
    super(target, new BasicSignIn(), { image: "echo", of: () => onlyApp("1") });
  }

  /** The spec with another version of the app. */
  version(version: string): SiteArgs {
    return this.specWith(() => onlyApp(version));
  }

  /** The replicas that run, by the host names that their processes have. */
  async replicas(): Promise<string[]> {
    return (await this.target.replicasOf("probe")).map(({ hostName }) => hostName);
  }

  /** Open the app, in a new browser or as one that was there before. */
  open(resume?: StreamlitSession): Promise<StreamlitSession> {
    return StreamlitSession.open(this.client, "", { user, ...(resume && { resume }) });
  }

  /** Ask for the page and for the app's health by turns, each time as somebody new, until it is told to stop. */
  poll(): { stop: () => Promise<string[]> } {
    let asking = true;
    const answers: string[] = [];
    const all = (async () => {
      for (let number = 0; asking; number++) {
        const path = number % 2 === 0 ? "/" : "/_stcore/health";
        answers.push(
          await this.client.request(path, { user }).then(
            ({ status }) => `${path} ${String(status)}`,
            (error: unknown) => `${path} ${String(error)}`,
          ),
        );
        await delay(50);
      }
      return answers;
    })();
    return {
      stop: () => {
        asking = false;
        return all;
      },
    };
  }
}

/** Register the tests; they leave the site at version 2. */
export function rolledAtRoot(site: RolledSite): void {
  test("no request is lost while it is rolled, and its websocket is open until the limit", async () => {
    const session = await site.open();
    await session.click();
    const old = await site.replicas();
    const gateway = await site.target.identityOf("gateway");
    let end = 0;
    void session.closed.then(() => (end = Date.now()));

    const begin = Date.now();
    const polled = site.poll();
    const rolled = site.target.change(site.version("2"));
    // It is not waited for yet.
    rolled.catch(() => undefined);
    for (let newcomer = old[0]; newcomer === undefined || old.includes(newcomer);) {
      const other = await site.open();
      newcomer = await replicaOf(other);
      await other.drop();
    }
    expect(await session.click()).toMatchObject({ clicks: 2 });
    expect(old).toContain(await replicaOf(session));
    await rolled;
    const answers = await polled.stop();

    await session.closed;
    const drained = end - (await site.target.drainBegan("probe", begin));
    expect(drained).toBeGreaterThanOrEqual(drainTimeout * 1000);
    expect(answers.filter((answer) => !/^\/(_stcore\/health)? 200$/.test(answer))).toEqual([]);
    expect(answers.length).toBeGreaterThan(20);
    const now = await site.replicas();
    expect(now).toHaveLength(2);
    expect(now.filter((replica) => old.includes(replica))).toEqual([]);
    expect(await site.target.identityOf("gateway")).toBe(gateway);

    const again = await site.open(session);
    expect((await again.click()).clicks).toBe(1);
    await again.drop();
  });
}
