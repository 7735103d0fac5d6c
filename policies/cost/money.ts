/** `$1,234`; cents only below ten dollars. */
export function dollars(amount: number): string {
  const digits = Math.abs(amount) < 10 && amount !== 0 ? 2 : 0;
  return `$${amount.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

export const whole = (amount: number): string => Math.round(amount).toLocaleString("en-US");

/** `+$12`, `-$3.50`. */
export const signed = (amount: number): string =>
  `${amount < 0 ? "-" : "+"}${dollars(Math.abs(amount))}`;
