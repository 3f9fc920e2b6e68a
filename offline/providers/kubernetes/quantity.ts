/** Amounts of CPU and memory as Kubernetes writes them: each amount has one spelling. */

const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/**
 * The one spelling of an amount: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`.
 *
 * @returns undefined for what is no amount
 */
export function canonicalQuantity(value: string): string | undefined {
  const [, sign = "", whole = "", fraction = "", suffix = ""] =
    /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(value) ?? [];
  if (whole === "" && fraction === "") return undefined;
  const isBinary = binary.indexOf(suffix) > 0;
  const exponent = /^[eE][+-]?\d+$/.test(suffix) ? Number(suffix.slice(1)) : undefined;
  // In billionths, the smallest that there is: what is less is rounded up.
  let numerator = BigInt(whole + fraction) * 10n ** 9n;
  let denominator = 10n ** BigInt(fraction.length);
  if (isBinary) numerator *= 1024n ** BigInt(binary.indexOf(suffix));
  else {
    const power = exponent ?? (suffix === "" ? 0 : (decimal.indexOf(suffix) - 3) * 3);
    if (power >= 0) numerator *= 10n ** BigInt(power);
    else denominator *= 10n ** BigInt(-power);
  }
  const negative = sign === "-" && numerator > 0n;
  const amount = (numerator + denominator - 1n) / denominator;
  if (amount === 0n) return "0";
  const text =
    isBinary && amount % 10n ** 9n === 0n && amount >= 1024n * 10n ** 9n
      ? inBinary(amount / 10n ** 9n)
      : inDecimal(amount, exponent !== undefined);
  return negative ? `-${text}` : text;
}

function inBinary(amount: bigint): string {
  let step = 0;
  while (amount % 1024n === 0n && step < binary.length - 1) {
    amount /= 1024n;
    step++;
  }
  return `${String(amount)}${binary[step] ?? ""}`;
}

function inDecimal(billionths: bigint, byExponent: boolean): string {
  let step = 0;
  while (billionths % 1000n === 0n && (byExponent || step < decimal.length - 1)) {
    billionths /= 1000n;
    step++;
  }
  const power = (step - 3) * 3;
  if (byExponent) return power === 0 ? String(billionths) : `${String(billionths)}e${String(power)}`;
  return `${String(billionths)}${decimal[step] ?? ""}`;
}
