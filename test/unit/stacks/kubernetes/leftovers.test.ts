import { removeHalfMade } from "../../../../stacks/kubernetes/half-made";
import { leftovers, removeLeftovers } from "../../../../stacks/kubernetes/leftovers";
import { keptVolumes } from "../../../../stacks/kubernetes/volumes";
import { ApiServer } from "./api-server";

const name = { project: "shop", stack: "dev" };
const labels = { "streamlit.project": "shop", "streamlit.stack": "dev" };
const named = (objectName: string, more: object = {}): object => ({
  metadata: { name: objectName, labels, ...more },
});
const inNamespace = (path: string): string => `GET ${path.replace("NS", "namespaces/shop-dev")}`;

describe("what a cluster has of a stack", () => {
  let api: ApiServer;
  beforeEach(async () => {
    api = await ApiServer.start();
    api.answers.set(inNamespace("/apis/apps/v1/NS/deployments"), { items: [named("site-gateway")] });
    api.answers.set(inNamespace("/api/v1/NS/services"), { items: [named("site-gateway")] });
    api.answers.set(inNamespace("/api/v1/NS/configmaps"), { items: null });
    api.answers.set(inNamespace("/api/v1/NS/persistentvolumeclaims"), {
      items: [
        named("site-redis", { ownerReferences: [{ controller: true }] }),
        named("site-sales-data", {
          labels: { ...labels, "streamlit.app": "sales", "streamlit.volume": "data" },
        }),
      ],
    });
  });
  afterEach(() => api.stop());
  const found = async (data = false): Promise<string[]> =>
    (await leftovers(api.client(), "shop-dev", name, data)).map(({ kind, name: of }) => `${kind} ${of}`);

  it("is found by labels, in an order in which it can be removed, the namespace last", async () => {
    api.answers.set("GET /api/v1/namespaces", { items: [named("shop-dev")] });
    expect(await found(true)).toEqual([
      "Deployment site-gateway",
      "Service site-gateway",
      "PersistentVolumeClaim site-sales-data",
      "Namespace shop-dev",
    ]);
    expect(
      api.asked.every((asked) =>
        /labelSelector=streamlit.project%3Dshop%2Cstreamlit.stack%3Ddev/.test(asked),
      ),
    ).toBe(true);
  });

  it("is without the volumes of apps unless they are asked for, and then without the namespace that they are in", async () => {
    api.answers.set("GET /api/v1/namespaces", { items: [named("shop-dev")] });
    expect(await found()).toEqual(["Deployment site-gateway", "Service site-gateway"]);
    expect(await keptVolumes(api.client(), "shop-dev", name)).toEqual([
      { volume: "sales/data", name: "site-sales-data" },
    ]);
  });

  it("is found with the rights in one namespace alone; one that others made is left there", async () => {
    api.answers.set("GET /api/v1/namespaces", 403);
    api.answers.set(inNamespace("/apis/policy/v1/NS/poddisruptionbudgets"), 403);
    api.answers.set("GET /api/v1/namespaces/shop-dev", { metadata: { name: "shop-dev" } });
    expect(await found(true)).not.toContain("Namespace shop-dev");
    api.answers.set("GET /api/v1/namespaces/shop-dev", named("shop-dev"));
    expect(await found(true)).toContain("Namespace shop-dev");
  });

  it("is removed, and what stays is told with the reason", async () => {
    api.answers.set("DELETE /a", {});
    api.answers.set("DELETE /b", 403);
    const lines: string[] = [];
    const all = await removeLeftovers(
      api.client(),
      [
        { kind: "Deployment", name: "a", path: "/a" },
        { kind: "Service", name: "b", path: "/b" },
        { kind: "Secret", name: "c", path: "/c" },
      ],
      (line) => lines.push(line),
    );
    expect([all, lines]).toEqual([false, ["the Service b stays: refused with 403"]]);
    expect(api.asked).toEqual([
      "DELETE /a?propagationPolicy=Background",
      "GET /a",
      "DELETE /b?propagationPolicy=Background",
      "DELETE /c?propagationPolicy=Background",
    ]);
  });

  it("of what a killed command was creating goes what has the stack's labels, but an app's volume", async () => {
    const pending = (
      type: string,
      kind: string,
      of: string,
    ): Parameters<typeof removeHalfMade>[2][number] => ({
      type,
      resource: {
        type: `kubernetes:core/v1:${kind}`,
        inputs: { metadata: { name: of, namespace: "shop-dev" } },
      },
    });
    const paths = ["secrets/own", "secrets/other", "persistentvolumeclaims/data"].map(
      (path) => `/api/v1/namespaces/shop-dev/${path}`,
    );
    const objects = [
      named("own"),
      { metadata: { name: "other", labels: { ...labels, "streamlit.stack": "prod" } } },
      named("data", { labels: { ...labels, "streamlit.volume": "data" } }),
    ];
    paths.forEach((path, index) => api.answers.set(`GET ${path}`, objects[index] ?? 404));
    api.answers.set(`DELETE ${paths[0] ?? ""}`, (answer) => {
      api.answers.delete(`GET ${paths[0] ?? ""}`);
      answer.end("{}");
    });
    await removeHalfMade(api.client(), name, [
      pending("creating", "Secret", "own"),
      pending("creating", "Secret", "other"),
      pending("creating", "PersistentVolumeClaim", "data"),
      pending("updating", "Secret", "own"),
      pending("creating", "Secret", "gone"),
    ]);
    expect(api.asked.filter((asked) => asked.startsWith("DELETE"))).toEqual([
      `DELETE ${paths[0] ?? ""}?propagationPolicy=Background`,
    ]);
  });
});
