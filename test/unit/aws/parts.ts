/** A site on AWS as it is registered with Pulumi. */
import { AwsSite } from "../../../components/aws";
import type { SiteArgs } from "../../../index";
import { type Declared, plain, type Registered, run } from "../mocks";

/** Make a site of the name `site`, unless it has another. */
export async function deploy(
  args: SiteArgs,
  name = "site",
  stack = "test",
): Promise<{ site: AwsSite; parts: Parts }> {
  const { result, registered, declared } = await run((opts) => new AwsSite(name, args, opts), stack);
  return { site: result, parts: new Parts(registered, declared) };
}

/** A container of a task definition. */
export interface Container {
  name: string;
  image: string;
  user: string;
  environment: { name: string; value: string }[];
  secrets?: { name: string; valueFrom: string }[];
  [field: string]: unknown;
}

/** A rule of a listener, in plain text. */
export interface Rule {
  priority: number;
  conditions: Record<string, Record<string, unknown>>[];
  actions: Record<string, unknown>[];
}

/** What was registered. */
export class Parts {
  constructor(
    readonly all: Registered[],
    readonly declared: Declared[],
  ) {}

  /** How many there are of each type. */
  get counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { type } of this.all) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
  }

  /** The inputs of everything of a type, by its last word, by name; in plain text. */
  of(type: string): Record<string, Record<string, unknown>> {
    return Object.fromEntries(
      this.all
        .filter((part) => part.type.endsWith(`:${type}`))
        .map(({ name, inputs }) => [name, plain(inputs) as Record<string, unknown>]),
    );
  }

  /** The inputs of the only one of a type and name. */
  named(type: string, name: string): Record<string, unknown> {
    const found = this.of(type)[name];
    if (found === undefined) throw new Error(`there is no ${type} ${name}`);
    return found;
  }

  /** The containers of a task, by their names. */
  containers(task: string): Record<string, Container> {
    const text = this.named("TaskDefinition", task).containerDefinitions as string;
    return Object.fromEntries((JSON.parse(text) as Container[]).map((one) => [one.name, one]));
  }

  /** The rules of the listener for HTTPS, by their names. */
  get rules(): Record<string, Rule> {
    return this.of("ListenerRule") as unknown as Record<string, Rule>;
  }
}
