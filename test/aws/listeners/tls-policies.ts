/**
 * The TLS policies of Application Load Balancers that a site may meet, and the versions that they speak.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 */

/** A version of TLS. */
export type TlsVersion = "1.0" | "1.1" | "1.2" | "1.3";

const since = (oldest: TlsVersion, newest: TlsVersion): TlsVersion[] =>
  (["1.0", "1.1", "1.2", "1.3"] as const).filter((version) => version >= oldest && version <= newest);

interface TlsPolicy {
  versions: readonly TlsVersion[];
  /** Do all its cipher suites have it? */
  forwardSecrecy: boolean;
}

const policy = (oldest: TlsVersion, newest: TlsVersion, forwardSecrecy: boolean): TlsPolicy => ({
  versions: since(oldest, newest),
  forwardSecrecy,
});

/** By name. */
export const tlsPolicies: Readonly<Record<string, TlsPolicy>> = {
  "ELBSecurityPolicy-TLS13-1-3-2021-06": policy("1.3", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09": policy("1.3", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04": policy("1.3", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09": policy("1.3", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": policy("1.2", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09": policy("1.2", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04": policy("1.2", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09": policy("1.2", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-2-2021-06": policy("1.2", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09": policy("1.2", "1.3", true),
  "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06": policy("1.2", "1.3", false),
  "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06": policy("1.2", "1.3", false),
  "ELBSecurityPolicy-TLS13-1-1-2021-06": policy("1.1", "1.3", false),
  "ELBSecurityPolicy-TLS13-1-0-2021-06": policy("1.0", "1.3", false),
  "ELBSecurityPolicy-FS-1-2-Res-2020-10": policy("1.2", "1.2", true),
  "ELBSecurityPolicy-FS-1-2-Res-2019-08": policy("1.2", "1.2", true),
  "ELBSecurityPolicy-FS-1-2-2019-08": policy("1.2", "1.2", true),
  "ELBSecurityPolicy-FS-1-1-2019-08": policy("1.1", "1.2", true),
  "ELBSecurityPolicy-FS-2018-06": policy("1.0", "1.2", true),
  "ELBSecurityPolicy-TLS-1-2-Ext-2018-06": policy("1.2", "1.2", false),
  "ELBSecurityPolicy-TLS-1-2-2017-01": policy("1.2", "1.2", false),
  "ELBSecurityPolicy-TLS-1-1-2017-01": policy("1.1", "1.2", false),
  "ELBSecurityPolicy-2016-08": policy("1.0", "1.2", false),
  "ELBSecurityPolicy-2015-05": policy("1.0", "1.2", false),
  "ELBSecurityPolicy-TLS-1-0-2015-04": policy("1.0", "1.2", false),
};

/** What a listener has that names none and is not made in the console. */
export const defaultTlsPolicy = "ELBSecurityPolicy-2016-08";
