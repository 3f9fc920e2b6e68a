// Guesses at passwords over many connections, for as long as this worker thread runs: each guess another one, as fast as it is
// answered. A thread of its own, so that it does not hold up what is measured meanwhile.
import { Buffer } from "node:buffer";
import * as https from "node:https";
import { setTimeout } from "node:timers";
import { workerData } from "node:worker_threads";

const { connections, from, names, host, port, authority, servername, ca } = workerData;

let count = 0;

function guess(agent, localAddress) {
  const credentials = `${names[count++ % names.length]}:guess ${count}`;
  const request = https.request(
    {
      ...{ host, port, servername, ca, agent, localAddress, path: "/" },
      headers: { host: authority, authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
    },
    (response) => {
      response.resume();
      response.on("end", () => guess(agent, localAddress));
      response.on("error", () => guess(agent, localAddress));
    },
  );
  request.on("error", () => setTimeout(guess, 100, agent, localAddress));
  request.end();
}

for (let index = 0; index < connections; index++)
  guess(new https.Agent({ keepAlive: true, maxSockets: 1 }), from[index % from.length]);
