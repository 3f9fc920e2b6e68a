/** A Pulumi engine that only writes down what is registered with it. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { awsAnswers, awsOutputs } from "./aws/outputs";

/** A resource as its provider gets it. */
export interface Registered {
  /** For instance `docker:index/container:Container`. */
  type: string;
  name: string;
  /** With the secrets still marked: see {@link plain} and {@link shown}. */
  inputs: Record<string, unknown>;
}

/** A resource as the program declares it. */
export interface Declared {
  /** The end of its URN: the types of its parents and its own, and its name. */
  urn: string;
  /** The names of the resources that it waits for beside those whose outputs it takes. */
  dependsOn: string[];
  /** What its own options say, over what its provider says. */
  deleteBeforeReplace: boolean | undefined;
  replaceOnChanges: string[];
  retainOnDelete: boolean;
}

/** What a program did. */
export interface Run<T> {
  result: T;
  registered: Registered[];
  declared: Declared[];
}

/** The id of a container or anything else, as long as Docker's. */
export function idOf(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}

/** What providers give back, as far as the components read it. */
function outputs(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type) {
    case "docker:index/image:Image":
      // One that is pushed is known by its name there.
      return {
        repoDigest:
          inputs.skipPush === true
            ? `sha256:built-${name}`
            : `${String(inputs.imageName)}@sha256:built-${name}`,
      };
    case "docker:index/remoteImage:RemoteImage":
      return { imageId: `sha256:pulled-${name}` };
    case "random:index/randomBytes:RandomBytes":
      return {
        hex: Buffer.alloc(32, name).toString("hex"),
        base64: Buffer.alloc(16, name).toString("base64"),
      };
    case "random:index/randomId:RandomId":
      return { hex: Buffer.alloc(8, name).toString("hex") };
    case "random:index/randomPassword:RandomPassword":
      return { result: `generated password ${name}` };
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: `private key ${name}` };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: `request ${name}` };
    case "tls:index/selfSignedCert:SelfSignedCert":
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: `certificate ${name}\n` };
    case "docker:index/network:Network":
      return { name: `${name}-0123456`, ipamConfigs: [{ subnet: "172.30.0.0/24", gateway: "172.30.0.1" }] };
    default:
      if (type.startsWith("aws:")) return awsOutputs(type, name, inputs);
      return type.startsWith("kubernetes:") ? {} : { name: `${name}-0123456` };
  }
}

/**
 * A Kubernetes object with the name that the provider makes up where it has none: another one for what cannot be changed, and so is
 * replaced, when it is another.
 */
function named(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const metadata = inputs.metadata as Record<string, unknown> | undefined;
  if (!type.startsWith("kubernetes:") || metadata === undefined || "name" in metadata) return inputs;
  const digest = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 8);
  return { ...inputs, metadata: { ...metadata, name: `${name}-${digest}` } };
}

/**
 * Run a program against the engine.
 *
 * @param program gets the options to be given to the component that it makes
 * @param stack the name of the stack
 */
export async function run<T>(
  program: (opts: pulumi.ComponentResourceOptions) => T,
  stack = "test",
): Promise<Run<T>> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs: given }) => {
        const inputs = named(type, name, given as Record<string, unknown>);
        registered.push({ type, name, inputs });
        return { id: idOf(name), state: { ...inputs, ...outputs(type, name, inputs) } };
      },
      call: ({ token, inputs }) => ({ ...(inputs as Record<string, unknown>), ...awsAnswers[token] }),
    },
    "shop",
    stack,
  );

  const declared: Declared[] = [];
  const types = new WeakMap<object, string>();
  const names = new WeakMap<object, string>();
  const note: pulumi.ResourceTransformation = ({ resource, type, name, props, opts }) => {
    const above = opts.parent && types.get(opts.parent);
    const all = above === undefined ? type : `${above}$${type}`;
    types.set(resource, all);
    names.set(resource, name);
    const {
      deleteBeforeReplace,
      replaceOnChanges = [],
      retainOnDelete = false,
      dependsOn = [],
    } = opts as pulumi.CustomResourceOptions;
    declared.push({
      urn: `${all}::${name}`,
      dependsOn: (dependsOn as pulumi.Resource[]).map((other) => names.get(other) ?? ""),
      deleteBeforeReplace,
      replaceOnChanges,
      retainOnDelete,
    });
    return { props: props, opts };
  };
  // Pulumi takes the stack of every promise for its debugging, which is most of the time that a run takes.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const result = program({ transformations: [note] });
    // What Pulumi's own tests do; it is not among the declared types.
    await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
    return { result, registered, declared };
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The value of an output. */
export function value<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** How a secret travels to the engine. */
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

function isSecret(value: object): value is { value: unknown } {
  return Object.values(value).includes(secretMark);
}

/** Inputs with their secrets in plain text. */
export function plain(value: unknown): unknown {
  return mapped(value, ({ value: secret }) => plain(secret));
}

/** Inputs as the state of the stack shows them to everybody. */
export function shown(value: unknown): unknown {
  return mapped(value, () => "[secret]");
}

function mapped(value: unknown, secret: (marked: { value: unknown }) => unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapped(entry, secret));
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return secret(value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapped(entry, secret)]));
}
