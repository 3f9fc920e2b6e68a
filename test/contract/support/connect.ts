/** Connections from inside a target, to see what is reached from there. */
import type { Endpoint, Exec } from "../target";

/**
 * What is sent to an endpoint, and words in the answer that only the wanted server gives: a network may answer in place of
 * hosts that it does not reach.
 */
export interface Attempt extends Endpoint {
  send: string;
  expect: string;
}

/** How attempts ended; each as `<host> <port>`. */
export interface Connected {
  /** Those with the expected words in the answer. */
  answered: string[];
  /** Those with a connection but without the expected words. */
  other: string[];
  /** Those without a connection. */
  unreachable: string[];
}

/** An attempt as it is found in {@link Connected}. */
export const place = ({ host, port }: Endpoint): string => `${host} ${String(port)}`;

/** Prints a line for each attempt; they are made at once. */
const program = (attempts: Attempt[]): string[] => [
  "import concurrent.futures, json, socket, ssl",
  "def connect(attempt):",
  "    try: connection = socket.create_connection((attempt['host'], attempt['port']), timeout=2)",
  "    except OSError: return 'unreachable'",
  "    try:",
  "        if attempt['tls']:",
  "            context = ssl._create_unverified_context()",
  "            connection = context.wrap_socket(connection, server_hostname='analytics.test')",
  "        with connection:",
  "            connection.sendall(attempt['send'].encode())",
  "            received = b''",
  "            while attempt['expect'].encode() not in received:",
  "                piece = connection.recv(4096)",
  "                if not piece: return 'other'",
  "                received += piece",
  "            return 'answered'",
  "    except OSError: return 'other'",
  `attempts = json.loads(${JSON.stringify(JSON.stringify(attempts))})`,
  "with concurrent.futures.ThreadPoolExecutor(64) as pool:",
  "    for attempt, how in zip(attempts, pool.map(connect, attempts)): print(how, attempt['host'], attempt['port'])",
];

/**
 * Connect to endpoints, from a place that has Python.
 *
 * @param exec runs a command there
 */
export async function connect(exec: Exec, attempts: Attempt[]): Promise<Connected> {
  if (attempts.length === 0) return { answered: [], other: [], unreachable: [] };
  const { code, output } = await exec("python3", "-c", program(attempts).join("\n"));
  const lines = output.trim().split("\n");
  expect([code, lines.length, code === 0 ? "" : output]).toEqual([0, attempts.length, ""]);
  const ending = (how: string): string[] =>
    lines.filter((line) => line.startsWith(`${how} `)).map((line) => line.slice(how.length + 1));
  return { answered: ending("answered"), other: ending("other"), unreachable: ending("unreachable") };
}
