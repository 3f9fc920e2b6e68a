/** The configuration of Redis, which keeps the sessions of oauth2-proxy, as text. */
import { createHash } from "node:crypto";

/** The name by which oauth2-proxy finds Redis on the network that they share. */
export const redisHostName = "redis";

/** The port that Redis listens on. */
export const redisPort = 6379;

/** The only user that may do more than ask whether Redis is there. */
export const redisUser = "oauth2-proxy";

/** Where Redis's files are mounted in its container. */
export const redisFolder = "/etc/redis-site";

/**
 * Write `redis.conf` for Redis 7.2 and later.
 *
 * Sessions are written down once a second: a restart signs nobody out, and a crash at most who came in the last second.
 *
 * @param password of {@link redisUser}; its SHA-256 is in the file
 */
export function redisConfig(password: string): string {
  const hash = createHash("sha256").update(password).digest("hex");
  return `# Written by pulumi-streamlit-site: changes here are lost.
bind * -::*
port ${redisPort}
# The network has two members, and the user below a password.
protected-mode no
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory 96mb
# Rather the session that ends soonest than nobody more signing in.
maxmemory-policy volatile-ttl
user default on nopass -@all +ping
user ${redisUser} on #${hash} ~* +@all -@admin -@dangerous
`;
}
