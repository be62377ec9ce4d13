/** One HTTP call of a service. */
export interface Exchange {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** A service's error response. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

/** XML of AWS's query protocol and of S3; a list becomes `member` elements. */
export function toXml(value: Xml): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((one) => `<member>${toXml(one)}</member>`).join('');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, one]) => (one === undefined ? '' : `<${name}>${toXml(one)}</${name}>`))
      .join('');
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export const json = (value: unknown, status = 200, type = 'application/json'): Answer => ({
  status,
  headers: { 'content-type': type },
  body: JSON.stringify(value),
});
