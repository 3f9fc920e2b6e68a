// The inner end of network.ts, run in the browser's network: node forward.mjs <folder of sockets> <port…>
import { connect, createServer } from "node:net";
import { join } from "node:path";

const [folder, ...ports] = process.argv.slice(2);
for (const port of ports) {
  const server = createServer({ allowHalfOpen: true }, (inside) => {
    const outside = connect({ path: join(folder, port), allowHalfOpen: true });
    inside.on("error", () => outside.destroy());
    outside.on("error", () => inside.destroy());
    inside.pipe(outside).pipe(inside);
  });
  await new Promise((resolve) => server.listen(Number(port), "127.0.0.1", resolve));
}
// Tells the outer end that the ports are open, and this one when it is over.
connect(join(folder, "control"))
  .on("error", () => undefined)
  .on("close", () => process.exit());
