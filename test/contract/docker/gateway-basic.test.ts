/** The gateway contract on Docker with `auth.basic`. */
import { basicContract } from "../gateway/basic";
import { hardening } from "./hardening";
import { health } from "./health";
import { dockerIsolation } from "./isolation";
import { processLimit } from "./process-limit";
import { DockerTarget } from "./target";

basicContract(new DockerTarget("contract-gateway"), {
  "containers and networks": dockerIsolation,
  hardening,
  "health checks": health,
  "process limit": processLimit,
});
