/** What AWS Fargate gives to a task: pairs of CPU and memory ("Task CPU and memory", ECS developer guide). */

/** The memory that goes with an amount of CPU, in MiB. */
interface FargateSize {
  /** In cores. */
  cpu: number;
  least: number;
  most: number;
  step: number;
}

const GiB = 1024;

/** The smallest first. */
export const fargateSizes: readonly FargateSize[] = [
  // 512 MiB, 1 GiB and 2 GiB are in no even steps: see {@link fitsFargate}.
  { cpu: 0.25, least: GiB / 2, most: 2 * GiB, step: GiB / 2 },
  { cpu: 0.5, least: GiB, most: 4 * GiB, step: GiB },
  { cpu: 1, least: 2 * GiB, most: 8 * GiB, step: GiB },
  { cpu: 2, least: 4 * GiB, most: 16 * GiB, step: GiB },
  { cpu: 4, least: 8 * GiB, most: 30 * GiB, step: GiB },
  { cpu: 8, least: 16 * GiB, most: 60 * GiB, step: 4 * GiB },
  { cpu: 16, least: 32 * GiB, most: 120 * GiB, step: 8 * GiB },
];

/** CPU in cores, memory in MiB. */
export interface TaskSize {
  cpu: number;
  memory: number;
}

/**
 * Does Fargate know the pair?
 *
 * @param size a pair
 */
export function fitsFargate({ cpu, memory }: TaskSize): boolean {
  const size = fargateSizes.find((one) => one.cpu === cpu);
  if (size === undefined || (cpu === 0.25 && memory === 1.5 * GiB)) return false;
  return memory >= size.least && memory <= size.most && (memory - size.least) % size.step === 0;
}

/**
 * The pair of an app that names one half of it, or none.
 *
 * @param given what the spec says
 * @returns 0.5 cores and 1 GiB by default; the least of the other half that goes with the one that is given, memory no less than 1 GiB; a pair
 * that Fargate does not know where nothing does
 */
export function fargateSize({ cpu, memory }: Partial<TaskSize>): TaskSize {
  if (cpu === undefined && memory === undefined) return { cpu: 0.5, memory: GiB };
  if (cpu !== undefined && memory !== undefined) return { cpu, memory };
  if (memory !== undefined)
    return { cpu: fargateSizes.find((one) => fitsFargate({ cpu: one.cpu, memory }))?.cpu ?? 0.5, memory };
  const least = fargateSizes.find((one) => one.cpu === cpu)?.least ?? GiB;
  return { cpu: cpu ?? 0.5, memory: Math.max(least, GiB) };
}

/**
 * What would be a pair, in words.
 *
 * @param size a pair that Fargate does not know
 */
export function fargateAdvice({ cpu, memory }: TaskSize): string {
  const size = fargateSizes.find((one) => one.cpu === cpu);
  if (size === undefined)
    return `cpu must be one of ${fargateSizes.map((one) => one.cpu).join(", ")} on aws (Fargate)`;
  const range =
    cpu === 0.25
      ? "512Mi, 1Gi or 2Gi"
      : `${size.least / GiB}Gi–${size.most / GiB}Gi in steps of ${size.step / GiB}Gi`;
  return `memory must be ${range} with cpu ${cpu} on aws (Fargate), not ${memory % GiB === 0 ? `${memory / GiB}Gi` : `${memory}Mi`}`;
}
