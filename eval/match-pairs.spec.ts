import { l2Normalise } from '../src/common/vector';
import { SimilarityScale } from '../src/semantic-cache/similarity-scale';
import { joinSets, labelledPairs, type StreamQuestion, streamPairs, withoutEvidence } from './match-pairs';

const passage = {
  contentHash: 'tolls'.padEnd(16, '_'),
  content: 'Barges pay nine euros. Canoes pay two euros.',
  title: null,
  headingPath: [],
};
const about = { name: 'tolls', weight: 1 };
const question = (i: number, q: string, cluster: string, start: number): StreamQuestion => ({
  i,
  q,
  passage: 'tolls',
  start,
  end: start + 4,
  cluster,
  finds: [passage],
  fold: i,
});
const asked = [
  question(0, 'What do barges pay?', 'barges', 11),
  question(1, 'What do canoes pay?', 'canoes', 34),
  question(2, 'How much do barges pay?', 'barges', 11),
  question(3, 'What do barges pay?', 'barges', 11),
  question(4, 'Who sings?', 'song', 0),
];
const vectors = new Map(
  [[1, 0], [1, 0.1], [1, 0.2], [1, 0], [0, 1]].map((components, i) => [asked[i].q, l2Normalise(components)]),
); // prettier-ignore
const scale = new SimilarityScale(0);

describe('streamPairs', () => {
  const set = streamPairs(about, asked, vectors, scale);

  it('puts each question beside those before it, the nearest first, and no text beside itself', () => {
    expect(set.pairs.map(({ asked: i, label }) => [i, label])).toEqual([
      [1, false],
      [2, false],
      [2, true],
    ]);
    expect([...set.repeated]).toEqual([2]);
  });

  it('judges by the statement that holds the stored answer', () => {
    expect(set.pairs[0].refusals).toContain('contrast');
    expect(set.pairs[1].terms.askedElsewhere).toBe(1);
    expect(set.pairs[2].terms.askedElsewhere).toBe(0);
  });

  it('knows nothing of documents where it is not to', () => {
    const text = withoutEvidence(set, 0.5);
    expect(text).toMatchObject({ weight: 0.5, hasEvidence: false });
    expect(text.pairs[0].refusals).not.toContain('contrast');
    expect(text.pairs[1].terms.askedElsewhere).toBe(0);
  });

  it('counts on through several sets', () => {
    const both = joinSets([set, set]);
    expect(both.questions).toBe(10);
    expect(both.pairs.map(({ asked: i }) => i)).toEqual([1, 2, 2, 6, 7, 7]);
    expect([...both.repeated]).toEqual([2, 7]);
  });
});

it('takes labelled pairs that the service would look at', () => {
  const rows = [
    { a: asked[0].q, b: asked[2].q, same: true, fold: 3 },
    { a: asked[0].q, b: asked[4].q, same: false, fold: 1 },
  ];
  const { pairs, questions } = labelledPairs(about, rows, vectors, scale);
  expect(questions).toBe(2);
  expect(pairs).toMatchObject([{ asked: 0, label: true, fold: 3, refusals: [] }]);
});
