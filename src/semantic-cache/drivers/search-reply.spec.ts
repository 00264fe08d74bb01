import { readSearchReply } from './search-reply';

const key = (id: string) => `{t:tenant}:answer:${id}`;
const expected = [
  { key: key('a'), similarity: 1 },
  { key: key('b'), similarity: 0.75 },
];

describe('readSearchReply', () => {
  it.each<[string, unknown]>([
    ['RESP2', [2, key('a'), ['distance', '-2.4e-07'], key('b'), ['distance', '0.25']]],
    [
      'RESP3 as objects',
      {
        attributes: [],
        total_results: 2,
        format: 'STRING',
        results: [
          { id: key('a'), extra_attributes: { distance: '-2.4e-07' }, values: [] },
          { id: key('b'), extra_attributes: { distance: '0.25' }, values: [] },
        ],
        warning: [],
      },
    ],
    [
      'RESP3 as maps',
      new Map<string, unknown>([
        ['total_results', 2],
        [
          'results',
          [
            new Map<string, unknown>([
              ['id', key('a')],
              ['extra_attributes', new Map([['distance', '0']])],
            ]),
            new Map<string, unknown>([
              ['id', key('b')],
              ['extra_attributes', new Map([['distance', 0.25]])],
            ]),
          ],
        ],
      ]),
    ],
    [
      'RESP3 as lists of names and values',
      [
        'attributes',
        [],
        'results',
        [
          ['id', key('a'), 'extra_attributes', ['distance', '0'], 'values', []],
          ['id', key('b'), 'extra_attributes', ['distance', '0.25'], 'values', []],
        ],
        'total_results',
        2,
      ],
    ],
  ])('reads %s', (_shape, reply) => {
    expect(readSearchReply(reply)).toEqual(expected);
  });

  it('leaves out what expired meanwhile', () => {
    expect(readSearchReply([3, key('x'), null, key('y'), [], key('b'), ['distance', '0.25']])).toEqual([
      expected[1],
    ]);
    expect(readSearchReply({ results: [{ id: key('x'), extra_attributes: null }] })).toEqual([]);
  });

  it('finds nothing in an empty reply', () => {
    expect(readSearchReply([0])).toEqual([]);
    expect(readSearchReply({ results: [] })).toEqual([]);
    expect(readSearchReply(null)).toEqual([]);
  });
});
