/** When the stand-in for the Kubernetes plugin makes another object in place of one that is there. */
import { checkpoint } from "../../../offline/providers/kubernetes/checkpoint";
import { KubernetesProvider } from "../../../offline/providers/kubernetes/provider";

type Props = Record<string, unknown>;

/** The fields of which a change makes another object. */
async function replaced(written: Props, live: Props, asked: Props): Promise<readonly string[]> {
  const { apiVersion, kind } = written as { apiVersion: string; kind: string };
  const { replaces } = await new KubernetesProvider().diff({
    urn: `urn:pulumi:dev::site::kubernetes:${apiVersion}:${kind}::redis`,
    olds: checkpoint(
      { inputs: written, live, initialApiVersion: apiVersion, fieldManager: "pulumi-kubernetes-0a1b2c3d" },
      written,
    ),
    news: asked,
    ignoreChanges: [],
  });
  return replaces;
}

describe("a Deployment", () => {
  const selecting = (matchLabels: Props): Props => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "app", namespace: "shop" },
    spec: { selector: { matchLabels } },
  });

  it("is replaced when it selects by fewer labels, which the API server does not let it", async () => {
    const live = selecting({ a: "1", b: "2" });
    expect(await replaced(live, live, selecting({ a: "1" }))).toEqual(["spec.selector.matchLabels.b"]);
    expect(await replaced(live, live, live)).toEqual([]);
  });
});

describe("a StatefulSet", () => {
  const claim = (storage: string): Props => ({
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  });
  const metadata = { name: "redis", namespace: "shop" };
  const object = (volumeClaimTemplates: Props[], more: Props = metadata): Props => ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: more,
    spec: { serviceName: "redis", volumeClaimTemplates },
  });
  const written = object([claim("1Gi")]);
  /** As the API server answers it. */
  const live = {
    ...written,
    metadata: { ...metadata, uid: "1" },
    spec: {
      serviceName: "redis",
      podManagementPolicy: "OrderedReady",
      volumeClaimTemplates: [
        {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: "data", creationTimestamp: null },
          spec: { ...(claim("1Gi").spec as Props), volumeMode: "Filesystem" },
          status: { phase: "Pending" },
        },
      ],
    },
  };

  it("stays when nothing was changed, whatever the API server has filled in", async () => {
    expect(await replaced(written, live, written)).toEqual([]);
  });

  it.each<[string, Props[], string]>([
    ["another size", [claim("2Gi")], "spec.volumeClaimTemplates[0].spec.resources.requests.storage"],
    ["one more", [claim("1Gi"), claim("1Gi")], "spec.volumeClaimTemplates[1]"],
  ])("is replaced for other volumes: %s", async (_, claims, path) => {
    expect(await replaced(written, live, object(claims))).toEqual([path]);
  });

  it("is replaced in another namespace", async () => {
    const elsewhere = object([claim("1Gi")], { name: "redis", namespace: "other" });
    expect(await replaced(written, live, elsewhere)).toEqual(["metadata.namespace"]);
  });
});
