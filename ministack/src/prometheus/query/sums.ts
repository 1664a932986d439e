/** A sum that keeps what floating point would drop (Neumaier's form of Kahan's), as Prometheus's does. */
export function kahanSum(values: readonly number[]): number {
  let [sum, rest] = [0, 0];
  for (const value of values) {
    const next = sum + value;
    if (!Number.isFinite(next)) rest = 0;
    else rest += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + rest;
}

/** The population variance, by Welford's running mean. */
export function variance(values: readonly number[]): number {
  let [count, mean, squares] = [0, 0, 0];
  for (const value of values) {
    count += 1;
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  return squares / count;
}
