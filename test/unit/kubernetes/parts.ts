/** A site on Kubernetes as it is registered with Pulumi. */
import { KubernetesSite } from "../../../components/kubernetes";
import type { OidcArgs, SiteArgs } from "../../../index";
import { needed } from "../arbitraries";
import { type Declared, plain, type Registered, run, shown } from "../mocks";

/** Make a site of the name `analytics`, unless it has another. */
export async function deploy(
  args: SiteArgs,
  name = "analytics",
): Promise<{ site: KubernetesSite; parts: Parts }> {
  const { result, registered, declared } = await run((opts) => new KubernetesSite(name, args, opts));
  return { site: result, parts: new Parts(registered, declared) };
}

/**
 * A spec for any target as this one takes it.
 *
 * @param args a valid spec
 */
export function onKubernetes(args: SiteArgs): SiteArgs {
  const { oidc } = args.auth;
  const { network, ...rest } = oidc ?? {};
  return {
    ...needed.kubernetes,
    ...args,
    ...(network !== undefined && { auth: { oidc: rest as OidcArgs } }),
  };
}

/** An object as the API server gets it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: Record<string, unknown>;
  [field: string]: unknown;
}

/** What a pod is made from. */
export interface Pod {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    containers: Container[];
    volumes: Volume[];
    [field: string]: unknown;
  };
}

/** A container of a pod. */
export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
  [field: string]: unknown;
}

interface Volume {
  name: string;
  emptyDir?: { medium: string; sizeLimit: string };
  projected?: {
    defaultMode: number;
    sources: { configMap?: Source; secret?: Source }[];
  };
  [kind: string]: unknown;
}

interface Source {
  name: string;
  items: { key: string; path: string }[];
}

/** What was registered. */
export class Parts {
  constructor(
    readonly all: Registered[],
    readonly declared: Declared[],
  ) {}

  /** Everything of a type, by its last word. */
  of(type: string): Registered[] {
    return this.all.filter((part) => part.type.endsWith(`:${type}`));
  }

  /** The inputs of the only one of a type and name in the program, in plain text. */
  named(type: string, name: string): Record<string, unknown> {
    const found = this.of(type).filter((part) => part.name === name);
    expect(found).toHaveLength(1);
    return plain(found[0]?.inputs) as Record<string, unknown>;
  }

  /** Every object of the cluster, in plain text. */
  get objects(): Manifest[] {
    return this.asManifests(plain);
  }

  /** The same as the state of the stack shows it to everybody. */
  get shownObjects(): Manifest[] {
    return this.asManifests(shown);
  }

  private asManifests(how: (inputs: unknown) => unknown): Manifest[] {
    return this.all
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => how(inputs) as Manifest);
  }

  /** The objects of a kind, by their names. */
  kind(kind: string): Record<string, Manifest> {
    return Object.fromEntries(
      this.objects.filter((object) => object.kind === kind).map((object) => [object.metadata.name, object]),
    );
  }

  /** The only object of a kind and name. */
  object(kind: string, name: string): Manifest {
    const found = this.kind(kind)[name];
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found;
  }

  /** What the pods of each workload are made from, by the name of the workload. */
  get pods(): Record<string, Pod> {
    return Object.fromEntries(
      Object.entries({ ...this.kind("Deployment"), ...this.kind("StatefulSet") }).map(([name, { spec }]) => [
        name,
        spec.template as Pod,
      ]),
    );
  }

  /** What the pods of a workload are made from. */
  pod(workload: string): Pod {
    const found = this.pods[workload];
    if (found === undefined) throw new Error(`there is no workload ${workload}`);
    return found;
  }

  /** The one container in the pods of a workload. */
  container(workload: string): Container {
    const { containers } = this.pod(workload).spec;
    expect(containers).toHaveLength(1);
    return containers[0]!;
  }

  /** The files that the container of a workload finds below a folder, by name. */
  files(workload: string, below: string): Record<string, string> {
    return { ...this.filesOf("configMap", workload, below), ...this.filesOf("secret", workload, below) };
  }

  /** Those that come from a ConfigMap, or from a Secret of the site's own. */
  filesOf(kind: "configMap" | "secret", workload: string, below: string): Record<string, string> {
    const mount = this.container(workload).volumeMounts.find(({ mountPath }) => mountPath === below);
    const volume = this.pod(workload).spec.volumes.find(({ name }) => name === mount?.name);
    const objects = this.kind(kind === "secret" ? "Secret" : "ConfigMap");
    return Object.fromEntries(
      (volume?.projected?.sources ?? []).flatMap((source) => {
        const { name = "", items = [] } = source[kind] ?? {};
        const data = objects[name]?.data as Record<string, string> | undefined;
        if (data === undefined) return [];
        return items.map(({ key, path }) => {
          const text = data[key];
          if (text === undefined) throw new Error(`${name} has no ${key}`);
          return [path, kind === "secret" ? Buffer.from(text, "base64").toString() : text];
        });
      }),
    );
  }

  /** The names of what a component or a resource waits for beside those whose outputs it takes. */
  waitsFor(type: string, name: string): string[] | undefined {
    return this.declared.find(({ urn }) => urn.endsWith(`:${type}::${name}`))?.dependsOn;
  }
}
