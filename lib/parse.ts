/**
 * Parsers of what comes from outside on the list function's way to a container's first answer. Names and results are zod's.
 *
 * A library costs more there: to load the list function's parsers and to parse one request with its items takes 4.2 KB and
 * 2.5 ms by this file, 9.8 KB and 3.4 ms by valibot 1.5, 28.7 KB and 11.5 ms by zod/mini 4.6 (minified bundles; medians of 60
 * new processes of Node.js 24 in turns; a first answer takes about 70 ms). What is not on that way uses zod.
 */

/** What is wrong with a value, and with which part of it. */
export interface Fault {
  path: readonly (string | number)[];
  message: string;
}

export class ParseError extends Error {
  override name = 'ParseError';
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(faults.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`).join('; '));
    this.faults = faults;
  }
}

export type Parsed<T> =
  | { success: true; data: T; error?: undefined }
  | { success: false; data?: undefined; error: ParseError };

/** A check of a value that has the right type already. @returns what is wrong with it */
type Check<T> = (value: T) => string | undefined;

export interface Parser<T> {
  /** @throws ParseError */
  parse(value: unknown): T;
  safeParse(value: unknown): Parsed<T>;
  check(...checks: readonly Check<T>[]): Parser<T>;
}
export type output<P> = P extends Parser<infer T> ? T : never;

const refuse = (message: string): never => {
  throw new ParseError([{ path: [], message }]);
};

const parser = <T>(parse: (value: unknown) => T): Parser<T> => ({
  parse,
  safeParse: (value) => tried(() => parse(value)),
  check: (...checks) =>
    parser((value) => {
      const parsed = parse(value);
      for (const check of checks) {
        const message = check(parsed);
        if (message !== undefined) refuse(message);
      }
      return parsed;
    }),
});

function tried<T>(parse: () => T): Parsed<T> {
  try {
    return { success: true, data: parse() };
  } catch (error) {
    if (error instanceof ParseError) return { success: false, error };
    throw error;
  }
}

export const safeParse = <T>(of: Parser<T>, value: unknown) => of.safeParse(value);

const texts = parser((value) => (typeof value === 'string' ? value : refuse('not a string')));
const integers = parser((value) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse('not an integer'),
);
const booleans = parser((value) => (typeof value === 'boolean' ? value : refuse('not a boolean')));
const anything = parser((value) => value);
export const string = () => texts;
export const int = () => integers;
export const boolean = () => booleans;
export const unknown = () => anything;

const oneOf = <const T extends string | number | boolean>(values: readonly T[], message: string) =>
  parser((value) => values.find((one) => one === value) ?? refuse(message));
const oneOfTexts = <const T extends string>(
  values: readonly T[],
  message = `not one of ${values.join(', ')}`,
) => oneOf(values, message);

export { oneOfTexts as enum };
export const literal = <const T extends string | number | boolean>(value: T) =>
  oneOf([value], `not ${value}`);

export const optional = <T>(of: Parser<T>) =>
  parser((value) => (value === undefined ? undefined : of.parse(value)));
export const nullable = <T>(of: Parser<T>) => parser((value) => (value === null ? null : of.parse(value)));
export const _default = <T>(of: Parser<T>, usual: T) =>
  parser((value) => (value === undefined ? usual : of.parse(value)));

export const transform = <A, B>(to: (value: A) => B) => to;
export const pipe = <A, B>(from: Parser<A>, to: (value: A) => B) => parser((value) => to(from.parse(value)));

/** The faults of a part of a value, named after the part. */
const faultsIn = ({ faults }: ParseError, key: string | number): Fault[] =>
  faults.map(({ path, message }) => ({ path: [key, ...path], message }));

const inPart = (error: unknown, key: string | number) =>
  error instanceof ParseError ? new ParseError(faultsIn(error, key)) : error;

function part<T>(of: Parser<T>, key: string | number, value: unknown): T {
  try {
    return of.parse(value);
  } catch (error) {
    throw inPart(error, key);
  }
}

const asObject = (value: unknown): object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : refuse('not an object');

type Shape = Readonly<Record<string, Parser<unknown>>>;
type Members<S extends Shape> = {
  [K in keyof S as undefined extends output<S[K]> ? never : K]: output<S[K]>;
} & { [K in keyof S as undefined extends output<S[K]> ? K : never]?: output<S[K]> };
export interface ObjectParser<S extends Shape> extends Parser<{ [K in keyof Members<S>]: Members<S>[K] }> {
  shape: S;
}

/** Members that it does not name are left out. All faults are told. */
export function object<S extends Shape>(shape: S): ObjectParser<S>;
export function object(shape: Shape): Parser<object> & { shape: Shape } {
  const parsers = Object.entries(shape);
  const parse = (value: unknown) => {
    const given = asObject(value);
    const faults: Fault[] = [];
    const members: Record<string, unknown> = {};
    for (const [name, of] of parsers) {
      try {
        const member = of.parse(Object.hasOwn(given, name) ? Reflect.get(given, name) : undefined);
        if (member !== undefined) members[name] = member;
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        faults.push(...faultsIn(error, name));
      }
    }
    if (faults.length > 0) throw new ParseError(faults);
    return members;
  };
  return { ...parser(parse), shape };
}

export const extend = <S extends Shape, M extends Shape>({ shape }: ObjectParser<S>, more: M) =>
  object({ ...shape, ...more });

/** @param _ of the names, which are strings */
export const record = <T>(_: Parser<string>, of: Parser<T>) =>
  parser((value) =>
    Object.fromEntries(Object.entries(asObject(value)).map(([name, one]) => [name, part(of, name, one)])),
  );

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : refuse('not an array'));
/** One try for all items: a chunk has thousands of keys. */
export const array = <T>(of: Parser<T>) =>
  parser((value) => {
    const parsed: T[] = [];
    try {
      for (const item of asList(value)) parsed.push(of.parse(item));
    } catch (error) {
      throw inPart(error, parsed.length);
    }
    return parsed;
  });

type Items<P extends readonly Parser<unknown>[]> = { -readonly [I in keyof P]: output<P[I]> };
/** @param rest of all that follow; undefined: nothing may follow */
export function tuple<const P extends readonly Parser<unknown>[]>(items: P): Parser<Items<P>>;
export function tuple<const P extends readonly Parser<unknown>[], R>(
  items: P,
  rest: Parser<R>,
): Parser<[...Items<P>, ...R[]]>;
export function tuple(items: readonly Parser<unknown>[], rest?: Parser<unknown>): Parser<unknown[]> {
  return parser((value) => {
    const list = asList(value);
    if (list.length < items.length || (rest === undefined && list.length > items.length))
      return refuse(`has ${list.length} items`);
    return list.map((one, at) => part(items[at] ?? rest ?? anything, at, one));
  });
}

/** The first that fits. */
export function union<const P extends readonly Parser<unknown>[]>(ways: P): Parser<output<P[number]>>;
export function union(ways: readonly Parser<unknown>[]): Parser<unknown> {
  return parser((value) => {
    const faults: Fault[] = [];
    for (const way of ways) {
      const { success, data, error } = way.safeParse(value);
      if (success) return data;
      faults.push(...error.faults);
    }
    throw new ParseError(faults);
  });
}

export const regex =
  (pattern: RegExp, message = `does not match ${pattern}`): Check<string> =>
  (value) =>
    pattern.test(value) ? undefined : message;
export const minLength =
  (least: number): Check<string | readonly unknown[]> =>
  ({ length }) =>
    length < least ? `shorter than ${least}` : undefined;
export const maxLength =
  (most: number): Check<string | readonly unknown[]> =>
  ({ length }) =>
    length > most ? `longer than ${most}` : undefined;
export const nonnegative = (): Check<number> => (value) => (value < 0 ? 'negative' : undefined);
export const positive = (): Check<number> => (value) => (value <= 0 ? 'not positive' : undefined);
export const refine =
  <T>(holds: (value: T) => boolean, message: string): Check<T> =>
  (value) =>
    holds(value) ? undefined : message;
