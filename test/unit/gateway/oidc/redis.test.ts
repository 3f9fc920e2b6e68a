/** What Redis is told, as far as the text shows it; test/contract asks the running one. */
import { createHash } from "node:crypto";
import { redisConfig } from "../../../../components/gateway/oidc/redis";

const password = "secret of redis";
const text = redisConfig({ dataFolder: "/data", maxMemoryMB: 96 }, password);
const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const values = (directive: string): string[] =>
  lines.filter((line) => line.startsWith(`${directive} `)).map((line) => line.slice(directive.length + 1));

describe("redis.conf", () => {
  it("lets somebody without the password ask whether it is there, and no more", () => {
    const [, ...rules] =
      values("user")
        .find((user) => user.startsWith("default "))
        ?.split(" ") ?? [];
    expect(rules).toEqual(["on", "nopass", "-@all", "+ping"]);
  });

  it("has one more user, by the hash of the password, who may not change Redis itself", () => {
    const hash = createHash("sha256").update(password).digest("hex");
    expect(values("user").slice(1)).toEqual([`oauth2-proxy on #${hash} ~* +@all -@admin -@dangerous`]);
    expect(text).not.toContain(password);
    // It would give the default user a password, and with it everything.
    expect(values("requirepass")).toEqual([]);
  });

  it("keeps sessions over a restart, in the volume, and in no more memory than the container has", () => {
    expect([values("appendonly"), values("appendfsync"), values("dir")]).toEqual([
      ["yes"],
      ["everysec"],
      ["/data"],
    ]);
    expect(values("maxmemory")).toEqual(["96mb"]);
    expect(values("maxmemory-policy")).toEqual(["volatile-ttl"]);
  });
});
