/** Which headers an app may ask for. */
import type { Fault } from "../errors";
import { forwardComplaint } from "../request-headers";
import { asArray, type UncheckedSpec } from "./unchecked";

/**
 * The faults of the names in each app's `forwardHeaders`.
 *
 * @param spec the spec as it was written
 */
export function* forwardHeadersFaults({ apps }: UncheckedSpec): Generator<Fault> {
  for (const { name, app } of apps) {
    const names = asArray(app.forwardHeaders).map((header) =>
      typeof header === "string" ? header.toLowerCase() : undefined,
    );
    for (const [index, header] of names.entries()) {
      if (header === undefined) continue;
      const path = `apps.${name}.forwardHeaders[${index}]`;
      const complaint = forwardComplaint(header);
      const first = names.indexOf(header);
      if (complaint !== undefined) yield { path, message: `${header} ${complaint}` };
      else if (first < index)
        yield { path, message: `${header} is there already, as forwardHeaders[${first}]` };
    }
  }
}
