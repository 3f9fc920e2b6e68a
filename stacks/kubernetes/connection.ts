/** Which cluster a stack is for, and what there is to say when it cannot be reached. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type * as Client from "@kubernetes/client-node";
import type { KubeConfig } from "@kubernetes/client-node";
import { fromOneFile } from "../../scripts/one-file";
import { UserError } from "../user-error";

/** The settings of a stack for the provider, as `kubernetes:kubeconfig` and `kubernetes:context` have them. */
export interface ConnectionSettings {
  /** The path of a kubeconfig, or its text. @default what KUBECONFIG names, or ~/.kube/config */
  kubeconfig?: string;
  /** A context of it. @default its current one */
  context?: string;
}

/** The folder of a service account's files, in a pod. */
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * The connection of a stack, as the official provider chooses it.
 *
 * @param settings of the stack
 * @param from the folder from which a relative path is meant
 * @throws {@link UserError} when there is no kubeconfig, it is wrong, or it has no such context
 */
export function openConnection({ kubeconfig, context }: ConnectionSettings, from: string): KubeConfig {
  const { KubeConfig } = fromOneFile<typeof Client, "KubeConfig">("@kubernetes/client-node", ["KubeConfig"]);
  const config = new KubeConfig();
  const where = load(config, kubeconfig, from);
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context))
      throw new UserError(
        `kubernetes:context is ${context}, and ${where} has no such context; there are ${known.join(", ")}`,
      );
    config.setCurrentContext(context);
  }
  if (!config.getCurrentCluster())
    throw new UserError(
      `${where} names no cluster: ` +
        (config.getContexts().length === 0
          ? "it has no context"
          : `its current-context is ${JSON.stringify(config.getCurrentContext())}; kubernetes:context in the stack's file chooses one of ${config
              .getContexts()
              .map(({ name }) => name)
              .join(", ")}`),
    );
  return config;
}

/** Loads it, and says where it is from. */
function load(config: KubeConfig, kubeconfig: string | undefined, from: string): string {
  const read = (where: string, how: () => void): string => {
    try {
      how();
    } catch (error) {
      throw new UserError(
        `${where} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    return where;
  };
  if (kubeconfig !== undefined) {
    if (/^\s*(\{|apiVersion:|kind:|clusters:)/m.test(kubeconfig))
      return read("kubernetes:kubeconfig", () => config.loadFromString(kubeconfig));
    const file = path.resolve(from, kubeconfig.replace(/^~(?=\/|$)/, os.homedir()));
    if (!fs.existsSync(file))
      throw new UserError(`kubernetes:kubeconfig is ${kubeconfig}: there is no file ${file}`);
    return read(file, () => config.loadFromFile(file));
  }
  const named = (process.env.KUBECONFIG ?? "").split(path.delimiter).filter((file) => file !== "");
  // As kubectl does it: one of several that is not there counts as empty.
  const there = named.filter((file) => fs.existsSync(file));
  if (named.length > 0 && there.length === 0)
    throw new UserError(`KUBECONFIG is ${named.join(path.delimiter)}: there is no such file`);
  const usual = path.join(os.homedir(), ".kube", "config");
  if (named.length === 0 && !fs.existsSync(usual) && !fs.existsSync(serviceAccount))
    throw new UserError(
      `there is no kubeconfig: set KUBECONFIG or kubernetes:kubeconfig in the stack's file, or put one at ${usual}. ` +
        "Without a cluster, npm run up -- --stack kubernetes-local makes one on this machine",
    );
  if (there.length > 0)
    return read(there.join(path.delimiter), () => {
      const [first = "", ...others] = there;
      config.loadFromFile(first);
      for (const file of others) {
        const other = new (config.constructor as new () => KubeConfig)();
        other.loadFromFile(file);
        config.mergeConfig(other);
      }
    });
  return fs.existsSync(usual)
    ? read(usual, () => config.loadFromFile(usual))
    : read("the service account of this pod", () => config.loadFromCluster());
}

/** What is to be said of an API server that cannot be reached. */
export function inWords(server: string, error: NodeJS.ErrnoException): string {
  const { code = "", message } = error;
  const reasons: Record<string, string> = {
    ECONNREFUSED: "the connection is refused: nothing listens there",
    ENOTFOUND: "its name is not known",
    EAI_AGAIN: "its name cannot be looked up",
    ETIMEDOUT: "there is no answer",
    EHOSTUNREACH: "there is no way to it",
    ENETUNREACH: "there is no way to it",
    ECONNRESET: "it closes the connection",
    DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by the kubeconfig's authority",
    SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by the kubeconfig's authority",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by the kubeconfig's authority",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not signed by the kubeconfig's authority",
    CERT_HAS_EXPIRED: "its certificate has ended",
    ERR_TLS_CERT_ALTNAME_INVALID: `its certificate is for another name (${message})`,
  };
  return `the API server ${server} does not answer: ${reasons[code] ?? message}`;
}
