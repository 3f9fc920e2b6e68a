/** What the replicas of a part are called, on every target. */

/** What the replica of a part is called that comes at this place, from 0. */
export function replicaName(part: string, index: number): string {
  return index === 0 ? part : `${part}.${String(index + 1)}`;
}

/**
 * What all replicas of a part are called.
 *
 * @param count how many, as a stack's file has it; one where that is no number
 */
export function replicaNames(part: string, count: unknown): string[] {
  const length = Number.isInteger(count) ? (count as number) : 1;
  return Array.from({ length }, (_, index) => replicaName(part, index));
}
