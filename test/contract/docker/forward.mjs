// Run in another network namespace (see other-machine.ts): node forward.mjs <socket> <host> <port>
// What comes to the socket, which is a file and therefore in every namespace, goes on to the port.
import { connect, createServer } from "node:net";

const [socket, host, port] = process.argv.slice(2);
createServer({ allowHalfOpen: true }, (inside) => {
  const outside = connect({ host, port: Number(port), allowHalfOpen: true });
  inside.on("error", () => outside.destroy());
  outside.on("error", () => inside.destroy());
  inside.pipe(outside).pipe(inside);
}).listen(socket);
