import type * as http from "node:http";
import { logs } from "../../../../stacks/kubernetes/logs";
import type { Pod } from "../../../../stacks/kubernetes/objects";
import type { LogLine, LogRequest } from "../../../../stacks/target";
import { ApiServer } from "./api-server";

const name = { project: "shop", stack: "dev" };
const pods = "GET /api/v1/namespaces/shop-dev/pods";
const pod = (podName: string, labels: Record<string, string>, created: string, restartCount = 0): Pod => ({
  metadata: { name: podName, labels, creationTimestamp: created, resourceVersion: "7" },
  spec: { containers: [{ name: "main" }] },
  status: {
    phase: "Running",
    containerStatuses: [
      {
        name: "main",
        restartCount,
        ready: true,
        image: "",
        imageID: "",
        state: { running: { startedAt: created } },
      },
    ],
  },
});
const gateway = pod("site-gateway-1", { "streamlit.part": "gateway" }, "2026-11-27T12:00:00Z");
const sales = pod("site-sales-1", { "streamlit.app": "sales" }, "2026-11-27T12:00:00Z");
const second = pod("site-sales-2", { "streamlit.app": "sales" }, "2026-11-27T12:00:01Z");
const at = (seconds: number, text: string): string =>
  `2026-11-27T12:00:${String(seconds).padStart(2, "0")}.123456789Z ${text}\n`;
const list = (...items: Pod[]): object => ({ items, metadata: { resourceVersion: "7" } });
/** A log, and whatever is written to it later when it is followed. */
const log =
  (text: string, follow?: (answer: http.ServerResponse) => void, previous = "") =>
  (answer: http.ServerResponse, { searchParams }: URL): void => {
    if (searchParams.get("previous") === "true") answer.end(previous);
    else if (searchParams.get("follow") === "true" && follow) {
      answer.write(text);
      follow(answer);
    } else answer.end(text);
  };
const path = (of: Pod): string => `${pods}/${of.metadata?.name ?? ""}/log`;

describe("the logs of pods", () => {
  let api: ApiServer;
  beforeEach(async () => {
    api = await ApiServer.start();
  });
  afterEach(() => api.stop());

  const read = async (
    request: Partial<LogRequest>,
    signal = new AbortController().signal,
    write?: (line: LogLine) => void,
  ): Promise<{ parts: string[]; lines: string[] }> => {
    const lines: string[] = [];
    const parts = await logs(
      api.client(),
      "shop-dev",
      name,
      { follow: false, ...request },
      (line) => {
        lines.push(`${line.part}: ${line.text}`);
        write?.(line);
      },
      signal,
    );
    return { parts, lines };
  };

  it("come in the order of their times, with those of before a container was started over", async () => {
    const restarted = pod("site-sales-2", { "streamlit.app": "sales" }, "2026-11-27T12:00:01Z", 2);
    api.answers.set(pods, list(restarted, sales, gateway));
    api.answers.set(path(gateway), log(at(2, "b") + at(5, "e")));
    api.answers.set(path(sales), log(at(3, "c")));
    api.answers.set(path(restarted), log(at(4, "d"), undefined, at(1, "a")));
    expect(await read({})).toEqual({
      parts: ["sales", "sales.2", "gateway"],
      lines: ["sales.2: a", "gateway: b", "sales: c", "sales.2: d", "gateway: e"],
    });
  });

  it("are those of one part, or of all replicas of an app, from a time on or at most so many", async () => {
    api.answers.set(pods, list(gateway, sales, second));
    for (const of of [gateway, sales, second])
      api.answers.set(path(of), log(at(1, "x") + at(2, "y") + at(3, "z")));
    expect((await read({ part: "sales" })).parts).toEqual(["sales", "sales.2"]);
    expect((await read({ part: "sales.2", since: new Date("2026-11-27T12:00:02.5Z") })).lines).toEqual([
      "sales.2: z",
    ]);
    expect((await read({ part: "gateway", tail: 2 })).lines).toEqual(["gateway: y", "gateway: z"]);
    expect((await read({ part: "gateway", tail: 0 })).lines).toEqual([]);
  });

  it("leave out a pod that has gone meanwhile and one that has not begun", async () => {
    api.answers.set(pods, list(gateway, sales));
    api.answers.set(path(sales), 400);
    expect((await read({})).lines).toEqual([]);
  });

  it("are followed over a restart and a replacement, each line once", async () => {
    const controller = new AbortController();
    let watch: http.ServerResponse | undefined;
    const send = (type: string, object: object): void => {
      watch?.write(`${JSON.stringify({ type, object })}\n`);
    };
    api.answers.set(pods, (answer: http.ServerResponse, { searchParams }: URL) => {
      if (searchParams.get("watch") === "true") {
        watch = answer;
        answer.write("");
        answer.flushHeaders();
      } else answer.end(JSON.stringify(list(sales)));
    });
    let runs = 0;
    api.answers.set(
      path(sales),
      log(at(1, "before"), (answer) => {
        runs += 1;
        if (runs === 1) {
          answer.end(at(2, "until it is started over"));
          return;
        }
        answer.write(at(2, "until it is started over") + at(3, "again"));
      }),
    );
    api.answers.set(
      path(second),
      log(at(4, "the new one"), () => undefined),
    );
    const { lines } = await read({ follow: true }, controller.signal, ({ text }) => {
      if (text === "until it is started over")
        // The kubelet starts it over, and the watch tells so.
        setTimeout(() => {
          send("MODIFIED", sales);
        }, 300);
      if (text === "again") {
        send("DELETED", sales);
        send("ADDED", second);
      }
      if (text === "the new one") controller.abort();
    });
    expect(lines).toEqual([
      "sales: before",
      "sales: until it is started over",
      "sales: again",
      "sales: the new one",
    ]);
  });
});
