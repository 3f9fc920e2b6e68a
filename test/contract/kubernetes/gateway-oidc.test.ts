/** The gateway contract on Kubernetes with `auth.oidc`, sessions in Redis. */
import { oidcContract } from "../gateway/oidc";
import { KubernetesTarget } from "./target";

oidcContract(
  new KubernetesTarget("contract-kubernetes-oidc"),
  { redis: { connectionCheckInterval: "3s" } },
  {},
);
