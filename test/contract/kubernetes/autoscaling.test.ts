/** An app that is scaled by what it uses, as metrics-server measures it: up when it has much to do, down again, and nobody loses a session. */
import { setTimeout as delay } from "node:timers/promises";
import { BasicSignIn } from "../sign-ins/basic";
import { probe } from "../support/apps";
import { ContractSite } from "../support/site";
import { KubernetesTarget } from "./target";
import { goOn, openAll, Visitor } from "../support/visitors";

// Kubernetes scales down what has needed less for five minutes.
jest.setTimeout(900_000);

/** In seconds. */
const drainTimeout = 20;

describe("an app with autoscaling", () => {
  const target = new KubernetesTarget("contract-kubernetes-autoscaling");
  const site = new ContractSite(target, new BasicSignIn(), {
    image: "echo",
    of: () => ({
      probe: {
        source: probe,
        route: "/probe",
        autoscaling: { min: 1, max: 3 },
        drainTimeout: `${String(drainTimeout)}s`,
        resources: { cpu: 0.2, memory: "512Mi" },
      },
    }),
  });
  const pods = async (): Promise<string[]> =>
    (await target.replicasOf("probe")).map(({ hostName }) => hostName);
  /** Those who look now and then. */
  let quiet: Visitor[] = [];
  /** Those who keep it busy. */
  let busy: Visitor[] = [];
  beforeAll(async () => {
    await site.up();
    quiet = await openAll(site, 6);
    busy = await openAll(site, 4);
  });
  afterAll(async () => {
    await Promise.all([...quiet, ...busy].map((visitor) => visitor.leave()));
    await site.down();
  });

  test("has more replicas while it is busy, and fewer again: no session ends on the way up, none before the limit on the way down", async () => {
    const [first, ...more] = await pods();
    expect(more).toEqual([]);
    let over = false;
    const load = busy.map(async (visitor) => {
      while (!over) expect(await visitor.goesOn()).toBe(true);
    });
    const newcomersElsewhere = async (): Promise<void> => {
      for (let moved = 0; moved < 3;) {
        const newcomer = await Visitor.come(site);
        if (newcomer.pod === first) {
          await newcomer.leave();
          await delay(1000);
        } else {
          quiet.push(newcomer);
          moved += 1;
        }
      }
    };
    try {
      await Promise.race([newcomersElsewhere(), ...load]);
    } finally {
      over = true;
      await Promise.all(load);
    }
    const all = [...quiet, ...busy];
    expect(await goOn(all)).toBe(all.length);
    expect(all.flatMap(({ breaks }) => breaks)).toEqual([]);

    const begun = Date.now();
    while ((await pods()).length > 1) await delay(1000);
    const [remaining] = await pods();
    const limit = (await target.drainBegan("probe", begun)) + drainTimeout * 1000;
    for (const { pod, breaks } of all)
      if (pod === remaining) expect(breaks).toEqual([]);
      else expect(breaks.map(({ ended }) => ended >= limit)).toEqual([true]);
    await Promise.all(all.map((visitor) => visitor.settle()));
    expect(await goOn(all)).toBe(all.length);
  });
});
