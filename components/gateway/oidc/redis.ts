/** The configuration of Redis, which keeps the sessions of oauth2-proxy. */
import { createHash } from "node:crypto";
import { type NamedFile, secretFile } from "../files";

/** The port that Redis listens on. */
export const redisPort = 6379;

/** The only user that may do more than ask whether Redis is there. */
export const redisUser = "oauth2-proxy";

/** The name of Redis's configuration file. */
export const redisConfigFile = "redis.conf";

/** What differs between the places where Redis runs. */
export interface RedisPlatform {
  /** Where its data is kept, the one folder that it writes to. */
  dataFolder: string;
  /** How much memory sessions may take, in MB. Redis itself takes as much again while it writes its file anew. */
  maxMemoryMB: number;
}

/**
 * Write `redis.conf` for Redis 7.2 and later.
 *
 * Sessions are written down once a second: a restart signs nobody out, and a crash at most those who came in the last second.
 *
 * @param platform where Redis runs
 * @param password of {@link redisUser}; its SHA-256 is in the file
 */
export function redisConfig(platform: RedisPlatform, password: string): string {
  const hash = createHash("sha256").update(password).digest("hex");
  return `# Written by pulumi-streamlit-site: changes here are lost.
bind * -::*
port ${redisPort}
# Whoever reaches it needs the password of the user below.
protected-mode no
dir ${platform.dataFolder}
appendonly yes
appendfsync everysec
save ""
maxmemory ${platform.maxMemoryMB}mb
# When memory is full, the session that ends soonest goes, rather than nobody more signing in.
maxmemory-policy volatile-ttl
user default on nopass -@all +ping
user ${redisUser} on #${hash} ~* +@all -@admin -@dangerous
`;
}

/**
 * Redis's configuration file, to be mounted where Redis is started with it.
 *
 * @param config what {@link redisConfig} gives
 */
export function redisFile<Text>(config: Text): NamedFile<Text> {
  return secretFile(redisConfigFile, config);
}
