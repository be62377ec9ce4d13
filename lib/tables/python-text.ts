/**
 * `repr()` of a finite float: the shortest digits, at least one after the point, an exponent below 1e-4 and from 1e16
 * on.
 */
export function pythonFloat(number: number): string {
  if (Object.is(number, -0)) return '-0.0';
  const [digits = '', exponent = ''] = number.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 16)
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  const text = String(number);
  return text.includes('.') ? text : `${text}.0`;
}

/** A JSON number as `json.dumps(json.loads(token))` writes it: with a fraction or an exponent it is a float. */
export function pythonNumber(token: string): string {
  if (/^-?\d+$/.test(token)) return token;
  const number = Number(token);
  return Number.isFinite(number) ? pythonFloat(number) : token; // Python's json writes infinity in a way that is not JSON
}

const usOfDay = 86_400_000_000n;

/** Django's `duration_string`: `[days ]HH:MM:SS[.ffffff]`; the days of a negative duration are rounded down. */
export function durationText(seconds: string): string {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(seconds) ?? [];
  const size = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  const total = sign === '-' ? -size : size;
  const ofDay = ((total % usOfDay) + usOfDay) % usOfDay;
  const days = (total - ofDay) / usOfDay;
  const ofSeconds = ofDay / 1_000_000n;
  const two = (part: bigint) => String(part).padStart(2, '0');
  const us = ofDay % 1_000_000n;
  const time = [ofSeconds / 3600n, (ofSeconds / 60n) % 60n, ofSeconds % 60n].map(two).join(':');
  return `${days === 0n ? '' : `${days} `}${time}${us === 0n ? '' : `.${String(us).padStart(6, '0')}`}`;
}
