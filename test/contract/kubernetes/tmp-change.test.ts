import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { basicCredentials, basicTerms, givenPasswords } from "../sign-ins/basic";
import { OidcSignIn } from "../sign-ins/oidc";
import { ContractSite } from "../support/site";
import { ensureTestCluster } from "../../kubernetes/cluster";
import { connection, isEnding, isReady, nameOf, Pods } from "./pods";
import { KubernetesTarget } from "./target";

jest.setTimeout(900_000);
describe("change", () => {
  const target = new KubernetesTarget("contract-kubernetes-oidc");
  const contract = new ContractSite(target, new OidcSignIn({ redis: { connectionCheckInterval: "3s" } } as never));
  beforeAll(() => contract.up());
  afterAll(() => contract.down());
  test("again and again", async () => {
    const say = (text: string): void => fs.appendFileSync("/tmp/l/change.log", `${new Date().toISOString()} ${text}\n`);
    const pods = new Pods(connection((await ensureTestCluster(() => undefined)).kubeconfig), target.namespace);
    const basic = { Authorization: basicCredentials("bob", givenPasswords.bob) };
    const ask = async (path: string): Promise<number> => (await contract.client.request(path, { headers: basic })).status;
    for (let round = 0; round < 4; round++) {
      await target.change(contract.spec(basicTerms()));
      say(`basic ${await ask("/open/_stcore/health")}`);
      await target.change(contract.spec());
      const mark = `/open/_stcore/health?m=${Date.now()}`;
      const status = await ask(mark);
      say(`oidc ${status}`);
      for (const pod of await pods.list("streamlit.part=gateway")) {
        const log = await pods.log(pod).catch((error: unknown) => String(error));
        say(`${nameOf(pod)} ending ${isEnding(pod)} ready ${isReady(pod)} ${pod.status?.phase} ${pod.metadata?.creationTimestamp?.toISOString()} ${log.split("\n").filter((l) => l.includes(mark)).join()}`);
      }
      await delay(3000);
      say(`then ${await ask("/open/_stcore/health")}`);
    }
  });
});
