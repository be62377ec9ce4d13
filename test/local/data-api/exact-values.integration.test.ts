import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDataApiFixture, type DataApiFixture } from './data-api-fixture.ts';

let api: DataApiFixture;
beforeAll(async () => {
  api = await createDataApiFixture();
});
afterAll(() => api.close());

/** A value to insert with `pg`, and the expected Field. */
interface Written {
  value: unknown;
  field: unknown;
}

const longs = (bits: bigint) =>
  fc
    .bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n })
    .map((value): Written => ({ value: String(value), field: { stringValue: String(value) } }));
const texts = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
const same = (values: fc.Arbitrary<string>) =>
  values.map((value): Written => ({ value, field: { stringValue: value } }));
/** None, 3 or 6 digits. */
const fractions = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 999 }).map((n) => `.${String(n).padStart(3, '0')}`),
  fc
    .nat(999_999)
    .filter((n) => n % 1_000 !== 0)
    .map((n) => `.${String(n).padStart(6, '0')}`),
);
const moments = fc
  .tuple(
    fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
    fractions,
  )
  .map(([date, fraction]) => date.toISOString().slice(0, 19).replace('T', ' ') + fraction);
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.nat(999_999))
  .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(6, '0')}`);
const arrays = fc.array(fc.option(texts)).map(
  (stringValues): Written => ({
    value: stringValues,
    field: { arrayValue: { stringValues } },
  }),
);

/** Without -0, which `pg` writes as 0. */
const doubles = fc.double().map((value) => value + 0);

const types: [string, fc.Arbitrary<Written>][] = [
  ['int2', longs(16n)],
  ['int4', longs(32n)],
  ['int8', longs(64n)],
  ['numeric(40,6)', same(decimals)],
  ['float8', doubles.map((value) => ({ value, field: { doubleValue: value } }))],
  ['bool', fc.boolean().map((value) => ({ value, field: { booleanValue: value } }))],
  ['bytea', fc.uint8Array().map((bytes) => ({ value: Buffer.from(bytes), field: { blobValue: bytes } }))],
  ['text', same(texts)],
  ['uuid', same(fc.uuid())],
  ['json', same(fc.json().map((value) => value.replaceAll('\\u0000', '')))],
  ['date', same(moments.map((moment) => moment.slice(0, 10)))],
  ['time', same(moments.map((moment) => moment.slice(11)))],
  ['timestamp', same(moments)],
  ['timestamptz', moments.map((moment) => ({ value: `${moment}+00`, field: { stringValue: moment } }))],
  ['inet', same(fc.ipV4())],
  ['text[]', arrays],
];

describe('any value that pg has written is returned exactly', () => {
  test.each(types)('%s', async (type, values) => {
    await api.database.pool.query(`CREATE TABLE "${type}" (id serial, v ${type})`);
    await fc.assert(
      fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 15 }), async (list) => {
        await api.database.pool.query(`TRUNCATE "${type}"`);
        const places = list.map((_, i) => `($${i + 1}::${type})`);
        await api.database.pool.query(
          `INSERT INTO "${type}" (v) VALUES ${places}`,
          list.map(({ value }) => value),
        );
        const { records } = await api.execute(`SELECT v FROM "${type}" ORDER BY id`, {
          resultSetOptions: { longReturnType: 'STRING' },
        });
        expect(records?.flat()).toEqual(list.map(({ field }) => field));
      }),
      { numRuns: 30 },
    );
  });

  test('float4, with the digits of a single-precision number', async () => {
    const singles = fc.float({ noNaN: true }).map((single) => single + 0);
    await fc.assert(
      fc.asyncProperty(singles, async (single) => {
        const parameters = [{ name: 'p', value: { stringValue: String(single) } }];
        const value = await api.value('SELECT :p::float4', { parameters });
        expect(Math.fround(value?.doubleValue ?? Number.NaN)).toBe(single);
      }),
      { numRuns: 50 },
    );
  });
});
