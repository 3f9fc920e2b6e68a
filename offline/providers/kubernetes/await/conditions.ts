/** What the annotation `pulumi.com/waitFor` asks for: conditions of the object, and values in it. */
import type { Event } from "../informers";
import { generation, type Gvk, gvkOf, items, type Manifest, nameOf, pluck, text } from "../object";
import { isObject } from "../../shared/values";
import type { Awaited, Awaiter } from "./awaiter";
import { timedOutWaiting } from "./errors";

/** Tells whether an object is as it is wanted, and shows it. */
type Condition = (object: Manifest, awaited: Awaited) => boolean;

/** Waits until all of some conditions hold at once. */
export class ConditionAwaiter implements Awaiter {
  readonly kinds: readonly Gvk[];
  object: Manifest;
  readonly timeoutError = timedOutWaiting;
  readonly #conditions: readonly Condition[];

  /**
   * @param expression of the annotation
   * @throws Error when it says nothing that can be waited for
   */
  constructor(
    private readonly awaited: Awaited,
    expression: string,
  ) {
    this.object = awaited.object;
    this.kinds = [gvkOf(awaited.object)];
    this.#conditions = expressions(expression).map(parse);
    if (this.#conditions.length === 0) throw new Error("at least one condition must be specified");
  }

  observe({ object }: Event): void {
    if (nameOf(object) === nameOf(this.awaited.object) && generation(object) >= generation(this.object))
      this.object = object;
  }

  isReady(): boolean {
    return this.#conditions.every((condition) => condition(this.object, this.awaited));
  }

  reasons(): string[] {
    return [];
  }
}

/** A list in JSON, or one. */
function expressions(value: string): string[] {
  try {
    const list: unknown = JSON.parse(value);
    if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  } catch {
    // It is one.
  }
  return [value];
}

function parse(expression: string): Condition {
  if (expression.startsWith("condition=")) return parseCondition(expression.slice("condition=".length));
  if (expression.startsWith("jsonpath=")) return parseJsonPath(expression.slice("jsonpath=".length));
  throw new Error(`expected a "jsonpath=" or "condition=" prefix, got ${JSON.stringify(expression)}`);
}

/** As `kubectl wait --for=condition=` has it: `Ready`, or `Ready=False`. */
function parseCondition(expression: string): Condition {
  const [, type = "", wanted = "True"] = /^([^=]*)(?:=(.*))?$/s.exec(expression) ?? [];
  return (object, { progress }) => {
    if (!Array.isArray(pluck(object, "status", "conditions"))) {
      progress("warning", "Has no .status.conditions");
      return false;
    }
    const found = items(object, "status", "conditions").find(
      (condition) => text(condition, "type").toLowerCase() === type.toLowerCase() && "status" in condition,
    );
    if (!found) return false;
    const seen = pluck(found, "observedGeneration") ?? pluck(object, "status", "observedGeneration");
    if (typeof seen === "number" && seen < generation(object)) {
      progress("info", `Generation ${String(seen)} is less than expected ${String(generation(object))}`);
      return false;
    }
    const status = text(found, "status");
    const holds = status.toLowerCase() === wanted.toLowerCase();
    if (!holds) progress("info", `Resource has condition ${type}=${status} (want ${wanted})`);
    return holds;
  };
}

/** As `kubectl get -o jsonpath=` has it, followed by a value or not: `{.status.phase}=Bound`. */
function parseJsonPath(expression: string): Condition {
  const [, path = "", wanted] = /^([^=]*)(?:=(.*))?$/s.exec(expression) ?? [];
  if (wanted?.includes("="))
    throw new Error(`format should be {.path}=value or {.path}, got "${expression}"`);
  if (wanted === "") throw new Error(`${path}= requires a value`);
  const [, inner] = /\{\s*(.*?)\s*\}/.exec(path) ?? [];
  if (inner === undefined) throw new Error(`${path} should be wrapped in brackets { ... }`);
  const steps = parseSteps(inner, path);
  return (object, { progress }) => {
    const observed = pluck(object, "status", "observedGeneration");
    if (typeof observed === "number" && observed < generation(object)) return false;
    const value = select(object, steps);
    const goal = wanted === undefined ? path : `${path}=${wanted}`;
    if (value === undefined) {
      progress("info", `${path} selected nothing`);
      return false;
    }
    // Of what has parts, only that it is there can be asked for.
    const found =
      isObject(value) || Array.isArray(value) ? undefined : JSON.stringify(value).replace(/^"|"$/g, "");
    const matches = wanted === undefined || found === wanted;
    const seenAs = found === undefined ? "" : ` (found "${found}")`;
    progress("info", matches ? `Found ${goal}` : `Waiting for ${goal}${seenAs}`);
    return matches;
  };
}

function parseSteps(inner: string, path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  const step = /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[(?:'([^'\\]*)'|"([^"\\]*)")\]/y;
  step.lastIndex = inner.startsWith("$") ? 1 : 0;
  if (inner === "" || inner === "$") return steps;
  while (step.lastIndex < inner.length) {
    const match = step.exec(inner);
    if (!match)
      throw new Error(
        `parsing ${JSON.stringify(path)}: the offline stand-in takes names and places in lists only, such as {.status.phase}`,
      );
    const [, name, index, single, double] = match;
    steps.push(index === undefined ? (name ?? single ?? double ?? "") : Number(index));
  }
  return steps;
}

function select(value: unknown, steps: readonly (string | number)[]): unknown {
  return steps.reduce<unknown>((above, step) => {
    if (typeof step === "number") return Array.isArray(above) ? (above as unknown[])[step] : undefined;
    return isObject(above) ? above[step] : undefined;
  }, value);
}
