import { objectPath } from "../../../../stacks/kubernetes/half-made";
import { kindOfType, pathOf } from "../../../../stacks/kubernetes/kinds";

test.each([
  ["kubernetes:core/v1:ConfigMap", "/api/v1/namespaces/shop/configmaps/x"],
  ["kubernetes:apps/v1:StatefulSet", "/apis/apps/v1/namespaces/shop/statefulsets/x"],
  [
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/x",
  ],
  ["kubernetes:networking.k8s.io/v1:Ingress", "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/x"],
  ["kubernetes:cert-manager.io/v1:Certificate", "/apis/cert-manager.io/v1/namespaces/shop/certificates/x"],
  [
    "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
    "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/x",
  ],
])("%s is at %s", (type, path) => {
  const kind = kindOfType(type);
  expect(kind && pathOf(kind.apiVersion, kind.kind, "shop", "x")).toBe(path);
});

test("an object is found by the names in its resource's inputs, and only then", () => {
  const type = "kubernetes:core/v1:Secret";
  expect(objectPath({ type, inputs: { metadata: { name: "x", namespace: "shop" } } })).toBe(
    "/api/v1/namespaces/shop/secrets/x",
  );
  expect(objectPath({ type: "kubernetes:core/v1:Namespace", inputs: { metadata: { name: "x" } } })).toBe(
    "/api/v1/namespaces/x",
  );
  for (const inputs of [
    undefined,
    {},
    { metadata: { name: "x" } },
    { metadata: { namespace: "shop", name: { secret: 1 } } },
  ])
    expect(objectPath({ type, ...(inputs && { inputs }) })).toBeUndefined();
  expect(objectPath({ type: "docker:index/container:Container", inputs: { name: "x" } })).toBeUndefined();
});
