/**
 * A stand-in for the official `aws` plugin: it manages every resource type of the generated code, in a folder instead of in AWS.
 *
 * It takes arguments, required properties and computed outputs from the generated `@pulumi/aws` code and refuses everything else; it replaces as
 * {@link replaces} says, and keeps the order of things ({@link creationFault}, {@link deletionFault}). It does NOT prove that AWS accepts a value: which ports,
 * names and combinations are right is for the other layers.
 */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { specialSigKey } from "@pulumi/pulumi/runtime";
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  InvokeResult,
  Provider,
  ReadResult,
  UpdateResult,
} from "@pulumi/pulumi/provider";
import { DEFAULTS_KEY } from "../../../offline/providers/shared/schema";
import {
  concealProps,
  isPresent,
  isUnknown,
  type Props,
  redact,
  reveal,
  revealProps,
  secretKeys,
} from "../../../offline/providers/shared/values";
import { inputFaults } from "../checks";
import { answer } from "../invokes";
import { created, defaultRegion } from "../outputs";
import { type ResourceSchema, resourceSchema } from "../schema";
import { creationFault, deletionFault, longestName } from "./laws";
import { replaces } from "./replacements";
import type { Store } from "./store";

/** See the module. */
export class AwsStandIn implements Provider {
  /** The inputs of the last deployment: the engine gives them to `check`, but not to `diff`. */
  readonly #oldInputs = new Map<string, Props>();

  constructor(
    readonly version: string,
    private readonly store: Store,
    private readonly region = defaultRegion,
  ) {}

  check(urn: string, olds: Props, news: Props): Promise<CheckResult> {
    const type = typeOf(urn);
    if (type === "pulumi:providers:aws") return Promise.resolve({ inputs: news });
    const schema = schemaOf(urn);
    const old = revealProps(olds);
    this.#oldInputs.set(urn, old);
    const failures = inputFaults(schema, news);
    const { inputs, failure } = named(urn, schema, news, old);
    if (failure !== undefined) failures.push(failure);
    return Promise.resolve({
      inputs,
      // The engine prints the value of a property that it is told of, so it is told the reasons only.
      failures: failures.map((reason) => ({ property: "", reason })),
    });
  }

  diff(id: string, urn: string, olds: Props, news: Props): Promise<DiffResult> {
    const schema = schemaOf(urn);
    const inputs = revealProps(news);
    const old =
      this.#oldInputs.get(urn) ?? this.store.get(schema.token, id, olds.arn)?.inputs ?? revealProps(olds);
    const changed = Object.keys(schema.inputs).filter(
      (key) => !isDeepStrictEqual(plain(old[key]), plain(inputs[key])),
    );
    const replaced = changed.filter((key) => replaces(schema.token, key));
    return Promise.resolve({
      changes: changed.length > 0,
      replaces: replaced,
      // Two of one name cannot be there at once: the one that was given has to be given up first.
      deleteBeforeReplace: replaced.length > 0 && hasFixedName(inputs),
    });
  }

  create(urn: string, props: Props): Promise<CreateResult> {
    return guarded(props, () => {
      const schema = schemaOf(urn);
      const inputs = revealProps(props);
      const fault = creationFault({ type: schema.token, inputs }, this.store.all());
      if (fault !== undefined) throw new Error(fault);
      const seed = `${urn} ${randomBytes(16).toString("hex")}`;
      const name = nameOf(urn);
      const revision = this.store.count(
        `${schema.token} ${typeof inputs.family === "string" ? inputs.family : seed}`,
      );
      const { id, outputs } = created({ schema, name, inputs, seed, revision, region: this.region });
      if (this.store.get(schema.token, id, outputs.arn) !== undefined)
        throw new Error(`${id} already exists`);
      this.store.put({ type: schema.token, name, id, seed, revision, inputs, outputs });
      return { id, outs: concealed(schema, props, outputs) };
    });
  }

  read(id: string, urn: string, props: Props = {}): Promise<ReadResult> {
    const schema = schemaOf(urn);
    const stored = this.store.get(schema.token, id, props.arn);
    if (stored === undefined) return Promise.resolve({ id: "", props: {} });
    return Promise.resolve({ id, props: concealed(schema, props, stored.outputs), inputs: stored.inputs });
  }

  update(id: string, urn: string, olds: Props, news: Props): Promise<UpdateResult> {
    return guarded(news, () => {
      const schema = schemaOf(urn);
      const stored = this.store.get(schema.token, id, olds.arn);
      if (stored === undefined) throw new Error(`${id} does not exist`);
      const inputs = revealProps(news);
      const others = this.store.all().filter((one) => one.id !== id || one.type !== schema.token);
      const fault = creationFault({ type: schema.token, inputs }, others);
      if (fault !== undefined) throw new Error(fault);
      const { name, seed, revision } = stored;
      const { outputs } = created({ schema, name, inputs, seed, revision, region: this.region });
      this.store.put({ ...stored, inputs, outputs });
      return { outs: concealed(schema, news, outputs) };
    });
  }

  delete(id: string, urn: string, props: Props): Promise<void> {
    return guarded(props, () => {
      const { token } = schemaOf(urn);
      const stored = this.store.get(token, id, props.arn);
      if (stored === undefined) return;
      const fault = deletionFault(stored, this.store.all());
      if (fault !== undefined) throw new Error(fault);
      this.store.remove(stored);
    });
  }

  invoke(token: string, inputs: Props): Promise<InvokeResult> {
    return guarded(inputs, () => ({
      outputs: answer(
        token,
        inputs,
        this.region,
        (id) => this.store.all().find((one) => one.id === id)?.outputs,
      ),
    }));
  }
}

function guarded<T>(props: Props, work: () => T): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(new Error(redact(error instanceof Error ? error.message : String(error), props)));
  }
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").pop() ?? "";
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function schemaOf(urn: string): ResourceSchema {
  const schema = resourceSchema(typeOf(urn));
  if (schema === undefined) throw new Error(`the generated code has no resource type ${typeOf(urn)}`);
  return schema;
}

/** Gives a resource without a name one of its own, as the official plugin does, and keeps the one it got before. */
function named(
  urn: string,
  schema: ResourceSchema,
  news: Props,
  olds: Props,
): { inputs: Props; failure?: string } {
  const property = schema.inputs.name;
  if (property === undefined || property.required || isPresent(news.name) || isPresent(news.namePrefix)) {
    return { inputs: news };
  }
  const kept =
    (olds[DEFAULTS_KEY] as string[] | undefined)?.includes("name") && typeof olds.name === "string";
  const name = kept ? String(olds.name) : `${nameOf(urn)}-${randomBytes(4).toString("hex").slice(0, 7)}`;
  const longest = longestName(schema.token);
  const inputs = { ...news, name, [DEFAULTS_KEY]: ["name"] };
  if (longest === undefined || name.length <= longest) return { inputs };
  return { inputs, failure: `the name "${name}" is longer than ${String(longest)} characters` };
}

function hasFixedName(inputs: Props): boolean {
  return isPresent(inputs.name) && inputs[DEFAULTS_KEY] === undefined;
}

/** What is compared: nothing that says no more than its absence would. */
function plain(value: unknown): unknown {
  if (isUnknown(value)) return value;
  const revealed = reveal(value);
  const bare = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(bare);
    if (typeof item !== "object" || item === null) return item ?? undefined;
    const { hash } = item as Props;
    // An asset or an archive: its text is not always there, what it amounts to is.
    if (specialSigKey in item && isPresent(hash)) return { hash };
    const entries = Object.entries(item).filter(([key, one]) => !key.startsWith("__") && isPresent(one));
    return Object.fromEntries(entries.map(([key, one]) => [key, bare(one)]));
  };
  return bare(revealed);
}

/** Marks the outputs that are secret by themselves, or because they repeat a secret input. */
function concealed(schema: ResourceSchema, props: Props, outputs: Props): Props {
  return concealProps(outputs, [...schema.secrets, ...secretKeys(props)]);
}
