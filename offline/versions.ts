/** Whether a version (`1.26.8`, or `1.26`, perhaps with more after a `-` or a space) is `oldest` or later. */
export function atLeast(version: string, oldest: string): boolean {
  const [have, want] = [numbers(version), numbers(oldest)];
  for (let i = 0; i < want.length; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * Whether a Pulumi CLI of version `version` can run what was written for `wanted`: the same minor version or a later
 * one, and the same major version.
 */
export function fits(version: string, wanted: string): boolean {
  const [major, minor] = numbers(wanted);
  return numbers(version)[0] === major && atLeast(version, `${String(major)}.${String(minor)}`);
}

function numbers(version: string): number[] {
  const [, digits] = /^v?(\d+(?:\.\d+)*)/.exec(version.trim()) ?? [];
  return (digits ?? "").split(".").map(Number);
}
