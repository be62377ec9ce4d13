import type { ColumnDefinition } from '../../lib/tables/column.ts';
import * as column from '../../lib/tables/columns.ts';

/** Columns: the type, the column function, and pairs of an SQL value and its expected JSON. */
export type Case = [
  name: string,
  type: string,
  kind: ColumnDefinition,
  values: [sql: string, json: string][],
];
const uuid = '0a1b2c3d-4e5f-6789-abcd-ef0123456789';

export const cases: Case[] = [
  ['author_id', 'integer REFERENCES author', column.integer(), [['1', '1']]],
  ['tag_id', 'varchar(20) REFERENCES tag', column.text(), [["'py'", '"py"']]],
  [
    'small',
    'smallint',
    column.integer(),
    [
      ['-32768', '-32768'],
      ['32767', '32767'],
    ],
  ],
  [
    'int',
    'integer',
    column.integer(),
    [
      ['-2147483648', '-2147483648'],
      ['2147483647', '2147483647'],
      ['0', '0'],
    ],
  ],
  [
    'big',
    'bigint',
    column.integer(),
    [
      ['9223372036854775807', '9223372036854775807'],
      ['-9223372036854775808', '-9223372036854775808'],
      ['9007199254740993', '9007199254740993'],
    ],
  ],
  [
    'decimal',
    'numeric(20,6)',
    column.numeric(),
    [
      ['12345.6789', '12345.678900'],
      ['99999999999999.999999', '99999999999999.999999'],
      ['0.000001', '0.000001'],
      ['-0.5', '-0.500000'],
      ["'NaN'", '"NaN"'],
    ],
  ],
  [
    'whole',
    'numeric(30,0)',
    column.numeric(),
    [
      ['42', '42'],
      ['123456789012345678901234567890', '123456789012345678901234567890'],
    ],
  ],
  [
    'bare',
    'numeric',
    column.numeric(),
    [
      ['1e-20', '0.00000000000000000001'],
      ["'Infinity'", '"Infinity"'],
      ["'-Infinity'", '"-Infinity"'],
      ['1.10', '1.10'],
    ],
  ],
  [
    'float',
    'double precision',
    column.float(),
    [
      ['3.14', '3.14'],
      ['1e-05', '0.00001'],
      ['1e16', '10000000000000000'],
      ["'-0'", '-0.0'],
      ['5e-324', '5e-324'],
      ['0.1::float8 + 0.2::float8', '0.30000000000000004'],
      ['1.7976931348623157e308', '1.7976931348623157e+308'],
      ["'NaN'", '"NaN"'],
      ["'-Infinity'", '"-Infinity"'],
    ],
  ],
  [
    'real',
    'real',
    column.real(),
    [
      ['0.1', '0.1'],
      ['16777216', '16777216'],
      ["'-0'", '-0.0'],
      ["'Infinity'", '"Infinity"'],
    ],
  ],
  [
    'bool',
    'boolean',
    column.boolean(),
    [
      ['true', 'true'],
      ['false', 'false'],
    ],
  ],
  [
    'date',
    'date',
    column.date(),
    [
      ["'2024-02-29'", '"2024-02-29"'],
      ["'0001-01-01'", '"0001-01-01"'],
      ["'0044-03-15 BC'", '"0044-03-15 BC"'],
      ["'12024-01-01'", '"12024-01-01"'],
      ["'infinity'", '"9999-12-31"'],
      ["'-infinity'", '"0001-01-01"'],
    ],
  ],
  [
    'time',
    'time',
    column.time(),
    [
      ["'09:05:07'", '"09:05:07"'],
      ["'23:59:59.999999'", '"23:59:59.999999"'],
      ["'09:05:07.12'", '"09:05:07.120000"'],
      ["'24:00:00'", '"00:00:00"'],
    ],
  ],
  [
    'dt',
    'timestamptz',
    column.timestamptz(),
    [
      ["'2024-02-29 09:05:07.123456+09'", '"2024-02-29T00:05:07.123456+00:00"'],
      ["'2024-01-01 00:00:00+00'", '"2024-01-01T00:00:00+00:00"'],
      ["'2024-01-01 00:00:00.5-03:30'", '"2024-01-01T03:30:00.500000+00:00"'],
      ["'9999-12-31 23:59:59.999999+00'", '"9999-12-31T23:59:59.999999+00:00"'],
      ["'0001-01-01 00:00:00+00 BC'", '"0001-01-01T00:00:00 BC"'],
      ["'12024-01-01 00:00+00'", '"12024-01-01T00:00:00"'],
      ["'infinity'", '"9999-12-31T23:59:59.999999+00:00"'],
      ["'-infinity'", '"0001-01-01T00:00:00+00:00"'],
    ],
  ],
  [
    'naive',
    'timestamp',
    column.timestamp(),
    [
      ["'2024-02-29 09:05:07.123456'", '"2024-02-29T09:05:07.123456"'],
      ["'2024-02-29 09:05:07.1'", '"2024-02-29T09:05:07.100000"'],
      ["'infinity'", '"9999-12-31T23:59:59.999999"'],
      ["'-infinity'", '"0001-01-01T00:00:00"'],
    ],
  ],
  [
    'duration',
    'interval',
    column.duration(),
    [
      ["'1 day 02:03:04'", '93784'],
      ["'1 mon'", '2592000'],
      ["'1 year 2 mons 3 days'", '36979200'],
      ["'-1 year -1 mon'", '-34128000'],
      ["'-00:00:00.000001'", '-0.000001'],
      ["'00:00:01.5'", '1.5'],
      ["'1 mon -1 day'", '2505600'],
      ["'999999999 hours'", '3599999996400'],
      ["'infinity'", '"infinity"'],
    ],
  ],
  ['uuid', 'uuid', column.uuid(), [[`'${uuid.toUpperCase()}'`, `"${uuid}"`]]],
  [
    'json',
    'jsonb',
    column.jsonb(),
    [
      [`'{"b": [1, 2.5, null, true, "x"], "a": 1}'`, '{"a":1,"b":[1,2.5,null,true,"x"]}'],
      ["'[1.0, 1, 1e2, 12345678901234567890.10]'", '[1.0,1,100,12345678901234567890.10]'],
      [`'{"10": 1, "9": 2, "_sa_x": 3, "": 4}'`, '{"":4,"9":2,"10":1,"_sa_x":3}'],
      ["'1e400'", `1${'0'.repeat(400)}`],
      [`'" \\"\\\\ : , [] 😀 \\u2028 \\n\\u0001 "'`, '" \\"\\\\ : , [] 😀 \u2028 \\n\\u0001 "'],
      ["'null'", 'null'],
      ["'{}'", '{}'],
    ],
  ],
  [
    'ints',
    'integer[]',
    column.array(column.integer()),
    [
      ["'{3,NULL,2}'", '[3,null,2]'],
      ["'{}'", '[]'],
      ["'{{1,2},{3,4}}'", '[[1,2],[3,4]]'],
      ["'[0:1][5:5]={{1},{NULL}}'", '[[1],[null]]'],
      ["'{{{1,2},{3,4}},{{5,6},{7,8}}}'", '[[[1,2],[3,4]],[[5,6],[7,8]]]'],
    ],
  ],
  [
    'bigs',
    'bigint[]',
    column.array(column.integer()),
    [["'{9223372036854775807}'", '[9223372036854775807]']],
  ],
  [
    'texts',
    'text[]',
    column.array(column.text()),
    [
      [`ARRAY['a','b,c','d"e','','日本','NULL',NULL,'{}']`, '["a","b,c","d\\"e","","日本","NULL",null,"{}"]'],
      [`'{{a,"b\\\\c"},{NULL,d}}'`, '[["a","b\\\\c"],[null,"d"]]'],
    ],
  ],
  [
    'decimals',
    'numeric(12,2)[]',
    column.array(column.numeric()),
    [["'{1.5,2.00,NaN}'", '[1.50,2.00,"NaN"]']],
  ],
  [
    'floats',
    'float8[]',
    column.array(column.float()),
    [["'{0.1,1,1e100,-0,NULL}'", '[0.1,1,1e+100,-0.0,null]']],
  ],
  ['reals', 'real[]', column.array(column.real()), [["'{0.1,NaN}'", '[0.1,"NaN"]']]],
  [
    'bools',
    'boolean[]',
    column.array(column.boolean()),
    [
      ["'{t,f,NULL}'", '[true,false,null]'],
      ["'{{t},{f}}'", '[[true],[false]]'],
    ],
  ],
  [
    'dates',
    'date[]',
    column.array(column.date()),
    [["'{2024-01-31,infinity,0044-03-15 BC,NULL}'", '["2024-01-31","9999-12-31","0044-03-15 BC",null]']],
  ],
  [
    'times',
    'time[]',
    column.array(column.time()),
    [["'{{09:05:07.5},{24:00}}'", '[["09:05:07.500000"],["00:00:00"]]']],
  ],
  [
    'dts',
    'timestamptz[]',
    column.array(column.timestamptz()),
    [
      [
        "'{2024-01-01 09:00+09,2024-01-01 00:00:00.000001+00,NULL}'",
        '["2024-01-01T00:00:00+00:00","2024-01-01T00:00:00.000001+00:00",null]',
      ],
      [
        "'{{2024-07-01 00:00+00},{infinity}}'",
        '[["2024-07-01T00:00:00+00:00"],["9999-12-31T23:59:59.999999+00:00"]]',
      ],
    ],
  ],
  [
    'naives',
    'timestamp[]',
    column.array(column.timestamp()),
    [["'{2024-01-31 09:00}'", '["2024-01-31T09:00:00"]']],
  ],
  ['uuids', 'uuid[]', column.array(column.uuid()), [[`'{${uuid},NULL}'`, `["${uuid}",null]`]]],
  [
    'jsons',
    'jsonb[]',
    column.array(column.jsonb()),
    [[`ARRAY['{"b":1.0, "a":[]}', NULL, 'null']::jsonb[]`, '[{"a":[],"b":1.0},null,null]']],
  ],
  ['durations', 'interval[]', column.array(column.duration()), [["'{1 mon,00:00:01.5}'", '[2592000,1.5]']]],
  [
    'binaries',
    'bytea[]',
    column.array(column.bytea()),
    [["ARRAY['\\xff00', NULL]::bytea[]", '["/wA=",null]']],
  ],
  ['ips', 'inet[]', column.array(column.inet()), [["'{10.0.0.1,10.0.0.0/8}'", '["10.0.0.1","10.0.0.0/8"]']]],
  [
    'binary',
    'bytea',
    column.bytea(),
    [
      ["''", '""'],
      ["'\\x00ff10'", '"AP8Q"'],
      ["decode(repeat('ab', 100), 'hex')", `"${Buffer.alloc(100, 0xab).toString('base64')}"`],
    ],
  ],
  [
    'ip',
    'inet',
    column.inet(),
    [
      ["'192.168.0.1'", '"192.168.0.1"'],
      ["'192.168.0.0/24'", '"192.168.0.0/24"'],
      ["'::1'", '"::1"'],
      ["'2001:db8::/32'", '"2001:db8::/32"'],
      ["'::ffff:1.2.3.4'", '"::ffff:1.2.3.4"'],
    ],
  ],
  [
    'char',
    'varchar(200)',
    column.text(),
    [
      ["'こんにちは'", '"こんにちは"'],
      [`'"\\/'`, '"\\"\\\\/"'],
      ["''", '""'],
      ["' x '", '" x "'],
    ],
  ],
  [
    'text',
    'text',
    column.text(),
    [
      ["E'改行\\nあり\\tタブ'", '"改行\\nあり\\tタブ"'],
      ["E'\\u2028😀\\u0001\\u007f\\b\\f\\r'", '"\u2028😀\\u0001\u007f\\b\\f\\r"'],
    ],
  ],
  ['fixed', 'character(5)', column.text(), [["'ab'", '"ab"']]],
  [
    'period',
    'int4range',
    column.range(column.integer()),
    [
      ["'[1,9]'", '{"lower":1,"upper":10,"bounds":"[)"}'],
      ["'(,5)'", '{"lower":null,"upper":5,"bounds":"()"}'],
      ["'(,)'", '{"lower":null,"upper":null,"bounds":"()"}'],
      ["'empty'", '{"empty":true}'],
    ],
  ],
  [
    'bigperiod',
    'int8range',
    column.range(column.integer()),
    [["'[9007199254740993,]'", '{"lower":9007199254740993,"upper":null,"bounds":"[)"}']],
  ],
  [
    'prices',
    'numrange',
    column.range(column.numeric()),
    [["'(1.50,2.000]'", '{"lower":1.50,"upper":2.000,"bounds":"(]"}']],
  ],
  [
    'days',
    'daterange',
    column.range(column.date()),
    [
      ["'[2024-01-01,2024-01-31]'", '{"lower":"2024-01-01","upper":"2024-02-01","bounds":"[)"}'],
      ["'[-infinity,infinity]'", '{"lower":"0001-01-01","upper":"9999-12-31","bounds":"[]"}'],
    ],
  ],
  [
    'naiveperiod',
    'tsrange',
    column.range(column.timestamp()),
    [["'[2024-01-01 09:00,)'", '{"lower":"2024-01-01T09:00:00","upper":null,"bounds":"[)"}']],
  ],
  [
    'during',
    'tstzrange',
    column.range(column.timestamptz()),
    [
      [
        "'(2024-01-01 09:00:00.5+09,2024-01-02 00:00+00]'",
        '{"lower":"2024-01-01T00:00:00.500000+00:00","upper":"2024-01-02T00:00:00+00:00","bounds":"(]"}',
      ],
      ["'empty'", '{"empty":true}'],
    ],
  ],
  [
    'holidays',
    'datemultirange',
    column.multirange(column.date()),
    [
      ["'{}'", '[]'],
      [
        "'{[2024-01-01,2024-01-03),[2024-05-03,)}'",
        '[{"lower":"2024-01-01","upper":"2024-01-03","bounds":"[)"},{"lower":"2024-05-03","upper":null,"bounds":"[)"}]',
      ],
    ],
  ],
  [
    'periods',
    'int4range[]',
    column.array(column.range(column.integer())),
    [[`'{"[1,5)",NULL,empty}'`, '[{"lower":1,"upper":5,"bounds":"[)"},null,{"empty":true}]']],
  ],
  ['mac', 'macaddr', column.other(), [["'08:00:2b:01:02:03'", '"08:00:2b:01:02:03"']]],
  ['mood', 'mood', column.other(), [['\'so "so"\'', '"so \\"so\\""']]],
  ['moods', 'mood[]', column.array(column.other()), [["ARRAY['happy',NULL]::mood[]", '["happy",null]']]],
  ['plain', 'json', column.jsonb(), [[`'{"b": 1.0,  "a":2, "a": 1e5}'`, '{"b":1.0,"a":2,"a":1e5}']]],
  ['renamed', 'varchar(20)', column.text({ column: 'LegacyName' }), [["'renamed'", '"renamed"']]],
  ['position', 'integer', column.integer({ column: 'order' }), [['7', '7']]],
];
/** Columns of extensions' types, in the schema `ext`, and of domains. */
export const extensionCases: Case[] = [
  [
    'attrs',
    'ext.hstore',
    column.hstore(),
    [
      [`ext.hstore(ARRAY['a', 'c', 'q"'], ARRAY['b', NULL, '\\ x'])`, '{"a":"b","c":null,"q\\"":"\\\\ x"}'],
      ["''", '{}'],
      ["'__proto__=>1, 10=>2, 9=>3'", '{"9":"3","10":"2","__proto__":"1"}'],
    ],
  ],
  [
    'attrlist',
    'ext.hstore[]',
    column.array(column.hstore()),
    [["ARRAY['a=>b', NULL]::ext.hstore[]", '[{"a":"b"},null]']],
  ],
  ['folded', 'ext.citext', column.text(), [["'Ab'", '"Ab"']]],
  ['foldeds', 'ext.citext[]', column.array(column.text()), [["'{Ab,c}'", '["Ab","c"]']]],
  ['release_year', 'year', column.integer(), [['2006', '2006']]],
  ['contact', 'email_dom', column.text(), [["'a@example.com'", '"a@example.com"']]],
  ['price', 'money_dom', column.numeric(), [['12.5', '12.50']]],
  ['years', 'year[]', column.array(column.integer()), [["'{2006,2007}'", '[2006,2007]']]],
  ['twice', 'year_again', column.integer(), [['2006', '2006']]],
  ['moment', 'moment_dom', column.timestamptz(), [["'2024-01-01 09:00+09'", '"2024-01-01T00:00:00+00:00"']]],
  ['listed', 'list_dom', column.array(column.integer()), [["'{1,2}'", '[1,2]']]],
  ['ratio', 'ratio_dom', column.float(), [['0.1', '0.1']]],
  ['attr_dom', 'attr_dom', column.hstore(), [["'a=>1'", '{"a":"1"}']]],
  [
    'span_dom',
    'span_dom',
    column.range(column.integer()),
    [["'[1,2)'", '{"lower":1,"upper":2,"bounds":"[)"}']],
  ],
  ['wait_dom', 'wait_dom', column.duration(), [["'1 day'", '86400']]],
  ['raw_dom', 'raw_dom', column.bytea(), [["'\\x00ff'", '"AP8="']]],
  ['host_dom', 'host_dom', column.inet(), [["'10.0.0.1'", '"10.0.0.1"']]],
];

export const extensionsSql = `
  CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext;
  CREATE DOMAIN year AS integer CHECK (value BETWEEN 1901 AND 2155);
  CREATE DOMAIN year_again AS year;
  CREATE DOMAIN email_dom AS varchar(254);
  CREATE DOMAIN money_dom AS numeric(10, 2);
  CREATE DOMAIN moment_dom AS timestamptz;
  CREATE DOMAIN list_dom AS integer[];
  CREATE DOMAIN ratio_dom AS double precision;
  CREATE DOMAIN attr_dom AS ext.hstore;
  CREATE DOMAIN span_dom AS int4range;
  CREATE DOMAIN wait_dom AS interval;
  CREATE DOMAIN raw_dom AS bytea;
  CREATE DOMAIN host_dom AS inet;`;

/** The quoted name of the column. */
export const columnOf = ([name]: Case) =>
  ({ renamed: '"LegacyName"', position: '"order"' })[name] ?? `"${name}"`;
