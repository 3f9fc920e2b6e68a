/** Paths of properties as the engine writes them: `spec.replicas`, `metadata.annotations["a.b/c"]`, `spec.ports[0]`. */

/** A path in its parts: names and places in lists; `*` is any of them. */
export type PropertyPath = readonly (string | number)[];

/** @throws Error for what is no path */
export function parsePath(path: string): PropertyPath {
  const steps: (string | number)[] = [];
  const step = /\.?(?:([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\])/y;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (!match) throw new Error(`failed to parse path: ${path}`);
    const [, name, index, quoted, any] = match;
    steps.push(index === undefined ? (name ?? quoted?.replace(/\\(.)/g, "$1") ?? any ?? "") : Number(index));
  }
  return steps;
}

/** Writes a path. */
export function printPath(path: PropertyPath): string {
  return path.reduce<string>((before, step) => {
    if (typeof step === "number") return `${before}[${String(step)}]`;
    if (/[."[\]]/.test(step)) return `${before}["${step.replaceAll('"', '\\"')}"]`;
    return before === "" ? step : `${before}.${step}`;
  }, "");
}

/** Tells whether a path is another's, or leads to what that one is in. */
export function contains(path: PropertyPath, other: PropertyPath): boolean {
  return (
    path.length <= other.length && path.every((step, i) => step === "*" || String(step) === String(other[i]))
  );
}
