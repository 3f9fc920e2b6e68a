import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import type { CheckFailure, DiffResult, Provider } from "@pulumi/pulumi/provider";

import { diffInputs, diffOutputs } from "./diff";
import { type Context, Incomplete, type Live, type Resource } from "./resource";
import { checkProps, DEFAULTS_KEY, type Fault, type PackageSchema, type ResourceSchema } from "./schema";
import { concealProps, isPresent, type Props, redact, revealProps, secretKeys } from "./values";

/** The engine that a stand-in works for. */
export interface Engine {
  /** Shows a line next to a resource. */
  readonly progress: (urn: string, line: string) => void;
  /** Resolves when all that was shown has reached it; without it nobody waits for that. */
  readonly flushed?: () => Promise<void>;
  /** Tells whether the engine ended without a word. */
  readonly isGone: () => boolean;
  /** The name that it proposes for a resource without one; without it there is no proposal. */
  readonly proposedName?: (urn: string) => string | undefined;
}

interface Found {
  readonly resource: Resource<unknown>;
  readonly schema: ResourceSchema;
}

/** A Pulumi provider made of resource types and of what the official plugin's schema says of them. */
export class StandIn implements Provider {
  readonly #resources: ReadonlyMap<string, Resource<unknown>>;
  readonly #abandoned = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  /**
   * The inputs of the last deployment by URN: the engine gives them to `check`, and the nodejs provider server does not
   * pass them on to `diff`.
   */
  readonly #oldInputs = new Map<string, Props>();

  constructor(
    readonly version: string,
    private readonly schemas: PackageSchema,
    resources: readonly Resource<never>[],
    private readonly engine: Engine = { progress: () => undefined, isGone: () => false },
  ) {
    this.#resources = new Map(resources.map((resource) => [resource.type, resource as Resource<unknown>]));
  }

  async check(urn: string, olds: Props, news: Props): Promise<{ inputs: Props; failures: CheckFailure[] }> {
    const { resource, schema } = this.#find(urn);
    const oldInputs = revealProps(olds);
    if (Object.keys(olds).length > 0) this.#oldInputs.set(urn, oldInputs);
    else this.#oldInputs.delete(urn);

    const faults: Fault[] = [];
    let inputs = checkProps(revealProps(news), schema.inputs, this.schemas.types, faults);
    inputs = autoname(urn, inputs, oldInputs, schema, this.engine.proposedName?.(urn));
    if (resource.check && faults.length === 0) inputs = await resource.check(inputs, faults);
    // The engine prints the value of a property that it is told of, so it is told the reasons only.
    const failures = faults.map(({ reason }) => ({ property: "", reason }));
    return { inputs: concealProps(inputs, secretInputs(schema, news)), failures };
  }

  diff(id: string, urn: string, olds: Props, news: Props): Promise<DiffResult> {
    const { resource, schema } = this.#find(urn);
    const state = revealProps(olds);
    const inputs = revealProps(news);
    // `__inputs`: where the official docker plugin keeps the inputs of an Image.
    const oldInputs = (state.__inputs as Props | undefined) ?? this.#oldInputs.get(urn);
    const byOutputs = resource.compares === "outputs";
    const found =
      byOutputs || !oldInputs
        ? diffOutputs(
            byOutputs ? schema.inputs : allComputed(schema.inputs),
            this.schemas.types,
            state,
            inputs,
          )
        : diffInputs(schema.inputs, oldInputs, inputs);
    const outdated = resource.outdated?.(state, inputs) ?? [];
    const replaces = [...new Set([...found.replaces, ...outdated])];
    // The protocol of providers written for Node.js has no names of what changed but `replaces`. Where the inputs differ, the
    // engine finds them by itself, which `replaceOnChanges` needs.
    const byEngine =
      byOutputs && oldInputs && found.changed.some((key) => !isDeepStrictEqual(oldInputs[key], inputs[key]));
    return Promise.resolve({
      ...(!byEngine && { changes: found.changed.length + outdated.length > 0 }),
      replaces,
      // Two of one name cannot exist side by side: an explicit name has to be given up first.
      deleteBeforeReplace:
        replaces.length > 0 && (resource.deleteBeforeReplace === true || hasFixedName(schema, inputs)),
    });
  }

  create(urn: string, props: Props): Promise<{ id: string; outs: Props }> {
    return this.#run(urn, props, async ({ resource, schema }, inputs, context) => {
      try {
        const { id, outputs } = await resource.create(inputs, context);
        if (this.engine.isGone()) {
          // Nobody is left to record it.
          await resource.delete?.(id, outputs);
          throw new Error("the engine is gone");
        }
        return { id, outs: conceal(schema, props, outputs) };
      } catch (error) {
        if (!(error instanceof Incomplete)) throw error;
        // Nobody is left to record it.
        if (this.engine.isGone()) await resource.delete?.(error.id, error.properties);
        throw concealed(error, schema, props);
      }
    });
  }

  async read(id: string, urn: string, props: Props = {}): Promise<{ id: string; props: Props }> {
    const { resource, schema } = this.#find(urn);
    const state = revealProps(props);
    const live: Live | undefined = resource.read ? await resource.read(id, state) : { id, outputs: state };
    if (!live) return { id: "", props: {} };
    return { id: live.id, props: conceal(schema, props, live.outputs) };
  }

  update(id: string, urn: string, olds: Props, news: Props): Promise<{ outs: Props }> {
    return this.#run(urn, news, async ({ resource, schema }, inputs, context) => {
      const state = revealProps(olds);
      if (!resource.update) return { outs: conceal(schema, news, { ...state, ...(inputs as Props) }) };
      try {
        return { outs: conceal(schema, news, await resource.update(id, state, inputs, context)) };
      } catch (error) {
        throw error instanceof Incomplete ? concealed(error, schema, news) : error;
      }
    });
  }

  async delete(id: string, urn: string, props: Props): Promise<void> {
    const { resource } = this.#find(urn);
    const { signal } = this.#abandoned;
    await this.#track(resource.delete?.(id, revealProps(props), signal) ?? Promise.resolve());
  }

  /**
   * The engine was told to stop. The official plugins go on with what they are doing, be it a wait of an hour, and the engine
   * waits for them.
   */
  cancel(): Promise<void> {
    return Promise.resolve();
  }

  /** Stops what is running, for an engine that is gone: the operations clean up after themselves and fail. */
  abandon(): void {
    this.#abandoned.abort(new Error("the engine is gone"));
  }

  /** Resolves when no operation is running any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #find(urn: string): Found {
    const type = urn.split("::")[2]?.split("$").pop() ?? "";
    const resource = this.#resources.get(type);
    const schema = this.schemas.resources[type];
    if (!resource || !schema) throw new Error(`${type} is not supported by the offline stand-in`);
    return { resource, schema };
  }

  async #run<T>(
    urn: string,
    props: Props,
    operation: (found: Found, inputs: unknown, context: Context) => Promise<T>,
  ): Promise<T> {
    const context = {
      urn,
      progress: (line: string): void => this.engine.progress(urn, redact(line, props)),
      signal: this.#abandoned.signal,
    };
    try {
      context.signal.throwIfAborted();
      return await this.#track(operation(this.#find(urn), revealProps(props), context));
    } catch (error) {
      if (error instanceof Incomplete) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(redact(message, props), { cause: error });
    } finally {
      // What was said of an operation comes before its end, as with the official plugins, which send one after the other.
      await this.engine.flushed?.();
    }
  }

  #track<T>(operation: Promise<T>): Promise<T> {
    const tracked = operation.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
    return tracked;
  }
}

/** Gives a resource without a name one of its own, and keeps the one it got before. */
function autoname(
  urn: string,
  inputs: Props,
  olds: Props,
  schema: ResourceSchema,
  proposed: string | undefined,
): Props {
  if (!schema.inputs.name?.autoname || isPresent(inputs.name)) return inputs;
  const before = (olds[DEFAULTS_KEY] as string[] | undefined)?.includes("name") ? olds.name : undefined;
  const name =
    before ?? proposed ?? `${urn.split("::").pop() ?? ""}-${randomBytes(4).toString("hex").slice(0, 7)}`;
  const defaults = [...((inputs[DEFAULTS_KEY] as string[] | undefined) ?? []), "name"].sort();
  return { ...inputs, name, [DEFAULTS_KEY]: defaults };
}

function hasFixedName(schema: ResourceSchema, inputs: Props): boolean {
  const defaults = inputs[DEFAULTS_KEY] as string[] | undefined;
  return schema.inputs.name?.autoname === true && !defaults?.includes("name");
}

/** For a comparison without the inputs of the last deployment: what is not asked for may have been the plugin's choice. */
function allComputed(schemas: ResourceSchema["inputs"]): ResourceSchema["inputs"] {
  return Object.fromEntries(
    Object.entries(schemas).map(([key, schema]) => [key, { ...schema, computed: true }]),
  );
}

function secretInputs(schema: ResourceSchema, props: Props): Set<string> {
  const always = Object.keys(schema.inputs).filter((key) => schema.inputs[key]?.secret);
  return new Set([...always, ...secretKeys(props)]);
}

/** Marks the outputs that are secret by themselves, or because they repeat a secret input. */
function conceal(schema: ResourceSchema, props: Props, outputs: Props): Props {
  const always = Object.keys(schema.outputs).filter((key) => schema.outputs[key]?.secret);
  const present = Object.entries(outputs).filter(([, value]) => value !== undefined);
  return concealProps(Object.fromEntries(present), [...always, ...secretInputs(schema, props)]);
}

/** The same failure with the secrets marked and out of its message. */
function concealed(error: Incomplete, schema: ResourceSchema, props: Props): Incomplete {
  return new Incomplete(error.id, conceal(schema, props, error.properties), redact(error.message, props));
}
