/** When a pod of an app that is about to go takes itself for one that nobody has open. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import * as path from "node:path";

const script = fs
  .readFileSync(path.resolve(__dirname, "../../../components/kubernetes/drain.py"), "utf8")
  .replace(/^HEAD_START = .*$/m, "HEAD_START = 0.01")
  .replace(/^INTERVAL = .*$/m, "INTERVAL = 0.01")
  .replace(/^TIMEOUT = .*$/m, "TIMEOUT = 0.2");

/** What Streamlit answers, as its `/_stcore/metrics` does. */
const sessions = (count: string): string =>
  `# TYPE active_sessions gauge\n# HELP active_sessions Current number of active sessions.\nactive_sessions ${count}\n# EOF\n`;
/** No answer in time. */
const late = undefined;

let server: http.Server;
let running: ChildProcess | undefined;
/** What was asked for. */
let asked: { url: string | undefined; host: string | undefined }[];

afterEach(async () => {
  running?.kill("SIGKILL");
  running = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Whose metrics give these answers in turn, and the last one again and again. */
async function app(...answers: (string | undefined)[]): Promise<number> {
  asked = [];
  server = http.createServer(({ url, headers }, response) => {
    asked.push({ url, host: headers.host });
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    if (answer !== undefined) response.end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function drain(port: number, seconds = 3600): Promise<unknown[]> {
  running = spawn("python3", [
    "-I",
    "-S",
    "-c",
    script,
    String(port),
    "/live/_stcore/metrics",
    String(seconds),
  ]);
  let faults = "";
  running.stderr?.on("data", (text: Buffer) => (faults += text.toString()));
  return once(running, "exit").then((exit) => [...(exit as unknown[]), faults]);
}
const well = [0, null, ""];

test("goes when nobody has it open, once that is so", async () => {
  expect(await drain(await app(sessions("2"), sessions("1"), sessions("0")))).toEqual(well);
  expect(asked).toHaveLength(3);
});

test("asks Streamlit itself, below the app's path, for nothing but the sessions", async () => {
  const port = await app(sessions("0"));
  await drain(port);
  expect(asked).toEqual([
    { url: "/live/_stcore/metrics?families=active_sessions", host: `127.0.0.1:${port}` },
  ]);
});

test("takes a number with a fraction, as Prometheus has it, for what it is", async () => {
  expect(await drain(await app(sessions("1.0"), sessions("0.0")))).toEqual(well);
  expect(asked).toHaveLength(2);
});

test("one that is too busy to answer may be busy for somebody", async () => {
  expect(await drain(await app(late, late, sessions("0")))).toEqual(well);
  expect(asked).toHaveLength(3);
});

test("what is no Streamlit tells of no session", async () => {
  expect(await drain(await app("<html>active_sessions 7</html>"))).toEqual(well);
  expect(asked).toHaveLength(1);
});

test("an app that has ended has nobody", async () => {
  const port = await app(sessions("1"));
  server.on("connection", (socket: Socket) => socket.destroy());
  expect(await drain(port)).toEqual(well);
});

test("goes when the time is over, whoever has it open", async () => {
  expect(await drain(await app(sessions("1")), 1)).toEqual(well);
  expect(asked.length).toBeGreaterThan(1);
});
