/**
 * No secret in plain text: what the program marked as secret stands, after it went through the program, only where it is marked.
 *
 * It does NOT find a secret that the program never marked, unless it looks like one by the name of the variable that holds it.
 */
import { isSecret, reveal } from "../../../offline/providers/shared/values";
import { type Graph, ofType, plainInputs } from "../graph";

/** Shorter ones occur by chance. */
const shortest = 6;

/** Every text that is marked as secret somewhere in the graph. */
export function secretTexts(graph: Graph): Set<string> {
  const found = new Set<string>();
  const look = (value: unknown, secret: boolean): void => {
    if (isSecret(value)) look(value.value, true);
    else if (typeof value === "string") {
      if (secret && value.length >= shortest) found.add(value);
    } else if (typeof value === "object" && value !== null)
      for (const item of Object.values(value)) look(item, secret);
  };
  for (const { inputs, outputs } of graph.resources) {
    look(inputs, false);
    // What a resource repeats of its inputs is marked as a whole.
    look(Object.fromEntries(Object.entries(outputs).filter(([key]) => !(key in inputs))), false);
  }
  look(graph.outputs, false);
  return found;
}

/** Where a secret stands unmarked: in inputs, which come into the state as they are, and in outputs of the program. */
export function plainSecretFaults(graph: Graph): string[] {
  const secrets = [...secretTexts(graph)];
  const shows = (value: unknown): boolean => {
    if (isSecret(value)) return false;
    if (typeof value === "string") return secrets.some((secret) => value.includes(secret));
    return typeof value === "object" && value !== null && Object.values(value).some(shows);
  };
  return [
    ...graph.resources
      .filter(({ custom }) => custom)
      .flatMap(({ type, name, inputs }) =>
        Object.entries(inputs)
          .filter(([, value]) => shows(value))
          .map(([key]) => `${type} "${name}": ${key} has a secret in plain text`),
      ),
    ...Object.entries(graph.outputs)
      .filter(([, value]) => shows(value))
      .map(([key]) => `the output "${key}" has a secret in plain text`),
  ];
}

interface Container {
  name?: string;
  environment?: { name: string; value: string }[];
  command?: string[];
  entryPoint?: string[];
}

/** Names of variables whose value belongs into `secrets`. */
const secretName = /pass(word|wd|phrase)|secret|token|api_?key|private_?key|credential/i;

/** Names that only say where a secret is. */
const placeName = /(_FILE|_PATH|_ARN|_NAME|_ID|_URL|_URI|_DIR|_TTL|_HEADER)$/i;

/** Secrets in task definitions, marked or not: whoever may describe a task reads its environment and its command. */
export function taskSecretFaults(graph: Graph): string[] {
  const secrets = [...secretTexts(graph)];
  return ofType(graph, "aws:ecs/taskDefinition:TaskDefinition").flatMap((task) => {
    const text = reveal(plainInputs(task).containerDefinitions);
    return (JSON.parse(String(text)) as Container[]).flatMap((container) => {
      const { name = "", environment = [], command = [], entryPoint = [] } = container;
      const holds = (value: string) => secrets.some((secret) => value.includes(secret));
      return [
        ...environment
          .filter((variable) => holds(variable.value))
          .map((variable) => `the variable ${variable.name} is a secret`),
        ...environment
          .filter(
            (variable) =>
              secretName.test(variable.name) && !placeName.test(variable.name) && variable.value !== "",
          )
          .filter((variable) => !holds(variable.value))
          .map((variable) => `the variable ${variable.name} sounds like a secret`),
        ...([...command, ...entryPoint].some(holds) ? ["its command has a secret"] : []),
      ].map((fault) => `TaskDefinition "${task.name}", container "${name}": ${fault}`);
    });
  });
}
