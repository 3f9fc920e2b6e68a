/**
 * The engine's own display, without its repetitions: into a pipe it writes a line for every status message of a provider.
 *
 * (The Automation API's events would be easier to read, but the engine puts its debug messages among them, with every
 * property in plain text, and keeps them in a file meanwhile.)
 */

/** Seconds between two signs of life of one resource. */
const pause = 5;

/** ` +  docker:index:Image site-sales creating (13s) [3/7] RUN uv pip install …` */
const status =
  /^ *[-+~<>=]{1,2} +(\S+ \S+) (?:creating|updating|deleting|replacing|reading|refreshing|importing)(?: replacement)?(?: original)? ?(?:\(|$)/;

/** The dots by which the engine shows that it is alive. */
const dots = /^@ .*\.+$/;

/**
 * A listener for the output of `up` or `destroy`.
 *
 * @param print called with each line that says something new
 * @param now the time in milliseconds
 */
export function progress(
  print: (line: string) => void,
  now: () => number = Date.now,
): (output: string) => void {
  const lastSign = new Map<string, number>();
  let rest = "";
  return (output) => {
    const lines = (rest + output).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (dots.test(line)) continue;
      const resource = status.exec(line)?.[1];
      if (resource !== undefined) {
        const last = lastSign.get(resource);
        lastSign.set(resource, last ?? now());
        if (last === undefined || now() - last < pause * 1000) continue;
        lastSign.set(resource, now());
      }
      print(line);
    }
  };
}
