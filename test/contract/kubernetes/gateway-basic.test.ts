/** The gateway contract on Kubernetes with `auth.basic`. */
import { basicContract } from "../gateway/basic";
import { KubernetesTarget } from "./target";

basicContract(new KubernetesTarget("contract-kubernetes"), {});
