/** When the stand-in for the Kubernetes plugin makes another object in place of one that is there. */
import { Cluster } from "../../../offline/providers/kubernetes/cluster";
import { kinds } from "../../../offline/providers/kubernetes/kinds";
import { objectResource } from "../../../offline/providers/kubernetes/object";

type Props = Record<string, unknown>;

/** The fields of which a change makes another object. */
function replaced(type: string, live: Props, inputs: Props): string[] {
  const kind = kinds.find((known) => known.type === type);
  if (kind === undefined) throw new Error(`the stand-in does not know ${type}`);
  const resource = objectResource(kind, new Cluster());
  return (resource.outdated as ((live: Props, inputs: Props) => string[]) | undefined)?.(live, inputs) ?? [];
}

describe("a Deployment", () => {
  const selecting = (matchLabels: Props): Props => ({
    metadata: { name: "app", namespace: "shop" },
    spec: { selector: { matchLabels } },
  });

  it("is replaced when it selects by fewer labels, which the API server does not let it", () => {
    const type = "kubernetes:apps/v1:Deployment";
    expect(replaced(type, selecting({ a: "1", b: "2" }), selecting({ a: "1" }))).toEqual(["spec.selector"]);
    expect(replaced(type, selecting({ a: "1" }), selecting({ a: "1" }))).toEqual([]);
  });
});

describe("a StatefulSet", () => {
  const type = "kubernetes:apps/v1:StatefulSet";
  const claim = (storage: string): Props => ({
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  });
  const metadata = { name: "redis", namespace: "shop" };
  const inputs = { metadata, spec: { serviceName: "redis", volumeClaimTemplates: [claim("1Gi")] } };
  /** As the API server answers it. */
  const live = {
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

  it("stays when nothing was changed, whatever the API server has filled in", () => {
    expect(replaced(type, live, inputs)).toEqual([]);
  });

  it.each<[string, Props[]]>([
    ["another size", [claim("2Gi")]],
    ["one more", [claim("1Gi"), claim("1Gi")]],
    ["one less", []],
  ])("is replaced for other volumes: %s", (_, volumeClaimTemplates) => {
    expect(replaced(type, live, { metadata, spec: { serviceName: "redis", volumeClaimTemplates } })).toEqual([
      "spec.volumeClaimTemplates",
    ]);
  });

  it("is replaced in another namespace", () => {
    expect(replaced(type, live, { ...inputs, metadata: { name: "redis", namespace: "other" } })).toEqual([
      "metadata.namespace",
    ]);
  });
});
