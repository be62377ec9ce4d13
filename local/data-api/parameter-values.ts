import { ApiError } from './api-error.ts';
import type { SqlParameter } from './requests.ts';

export interface BoundValue {
  /** Object identifier of the parameter's type; 0 lets PostgreSQL infer it. */
  typeOid: number;
  /** Text form, or the bytes of a bytea. */
  value: string | Buffer | null;
}

const oids = { boolean: 16, bytea: 17, bigint: 20, text: 25, double: 701, unknown: 0 };

const datePattern = '\\d{4}-\\d{2}-\\d{2}';
const timePattern = '\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,6})?';

/** The type that each hint gives to a string, and the form that the string must have. */
const hints = {
  DATE: { typeOid: 1082, form: new RegExp(`^${datePattern}$`), formText: 'YYYY-MM-DD' },
  TIME: { typeOid: 1083, form: new RegExp(`^${timePattern}$`), formText: 'HH:MM:SS[.FFF]' },
  TIMESTAMP: {
    typeOid: 1114,
    form: new RegExp(`^${datePattern} ${timePattern}$`),
    formText: 'YYYY-MM-DD HH:MM:SS[.FFF]',
  },
  DECIMAL: {
    typeOid: 1700,
    form: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/,
    formText: 'a decimal number',
  },
  JSON: { typeOid: 114, form: /\S/, formText: 'JSON' },
  UUID: {
    typeOid: 2950,
    form: /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
    formText: 'a UUID',
  },
};

/**
 * Gives a parameter the type that the service gives it. A string without a hint is text, so `uuid_column = :p`
 * fails. A null without a hint has no type.
 *
 * @throws ApiError ValidationException for an array, or for a string in another form than its hint requires.
 */
export function bindValue({ name, value, typeHint }: SqlParameter): BoundValue {
  const hint = typeHint === undefined ? undefined : hints[typeHint];
  if (value === undefined || 'isNull' in value)
    return { typeOid: hint?.typeOid ?? oids.unknown, value: null };
  if ('booleanValue' in value) return { typeOid: oids.boolean, value: String(value.booleanValue) };
  if ('longValue' in value) return { typeOid: oids.bigint, value: String(value.longValue) };
  if ('doubleValue' in value) return { typeOid: oids.double, value: String(value.doubleValue) };
  if ('blobValue' in value) return { typeOid: oids.bytea, value: Buffer.from(value.blobValue, 'base64') };
  if ('arrayValue' in value) throw new ApiError('ValidationException', 'Array parameters are not supported');
  if (hint === undefined) return { typeOid: oids.text, value: value.stringValue };
  if (!hint.form.test(value.stringValue)) {
    throw new ApiError(
      'ValidationException',
      `The value of parameter ${name} is not valid for typeHint ${typeHint}: expected ${hint.formText}`,
    );
  }
  return { typeOid: hint.typeOid, value: value.stringValue };
}
