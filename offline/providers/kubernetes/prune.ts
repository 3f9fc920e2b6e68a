/** What an object has of the fields that another one has. */
import { isObject, type Props } from "../shared/values";

/** The live object without what was never asked for: only fields that the inputs have, items of lists by their place. */
export function prune(live: Props, inputs: Props): Props {
  const entries = Object.entries(live)
    .filter(([key]) => key in inputs)
    .map(([key, value]) => [key, pruneValue(value, inputs[key])] as const);
  return Object.fromEntries(entries);
}

function pruneValue(live: unknown, input: unknown): unknown {
  if (isObject(live) && isObject(input)) return prune(live, input);
  if (Array.isArray(live) && Array.isArray(input)) return pruneList(live, input);
  return live;
}

function pruneList(live: unknown[], inputs: unknown[]): unknown[] {
  if (live.length === 0 || inputs.length === 0) return [];
  if (shape(live[0]) !== shape(inputs[0])) return structuredClone(live);
  return inputs.slice(0, live.length).map((input, i) => pruneValue(live[i], input));
}

function shape(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}
