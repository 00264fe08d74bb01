import { sha256Hex } from '../../common/hash';
import { readFound, restsOnStatements, type SupportPassage, supportFor } from './answer-support';
import { readQuestion } from './question';
import { differenceOf } from './question-difference';

const passage = (content: string, title: string | null = null): SupportPassage => ({
  contentHash: sha256Hex(content),
  content,
  title,
  headingPath: [],
});

const tolls = passage(
  '# Tolls\n\nBarges pay 9 euros at the upper lock. Rowing boats pay nothing. Invoices are due after two weeks.',
);
const opening = passage('# Opening hours\n\nThe upper lock opens at eight. The office is closed on Sundays.');
const found = [tolls, opening];

const STORED = 'What do barges pay at the upper lock?';
const ANSWER = 'Barges pay 9 euros at the upper lock.';
const statements = restsOnStatements(readQuestion(STORED), ANSWER, [tolls], found);

function support(asked: string, passages: readonly SupportPassage[] = found) {
  const question = readQuestion(asked);
  return supportFor(question, differenceOf(question, readQuestion(STORED)), statements, readFound(passages));
}

describe('restsOnStatements', () => {
  it('finds the statement that an answer quotes', () => {
    expect(statements).toEqual([`${tolls.contentHash.slice(0, 16)}:0`]);
  });

  it('keeps to the passages that are cited', () => {
    const rests = restsOnStatements(readQuestion(STORED), ANSWER, [opening], found);
    expect(rests.length).toBeGreaterThan(0);
    for (const id of rests) expect(id).toMatch(new RegExp(`^${opening.contentHash.slice(0, 16)}:`));
  });

  it('names at most three, and none where nothing is shared', () => {
    const same = passage(Array.from({ length: 6 }, (_, i) => `Pier ${'abcdef'[i]} is long.`).join(' '));
    expect(
      restsOnStatements(readQuestion('Which pier is long?'), 'Pier is long.', [same], [same]),
    ).toHaveLength(3);
    expect(restsOnStatements(readQuestion('Who sings?'), 'A choir.', found, found)).toEqual([]);
  });
});

describe('supportFor', () => {
  it('is best where the answer stands', () => {
    expect(support(STORED)!.margin).toBeGreaterThan(0.3);
    expect(support('How much do barges pay at the upper lock?')!.margin).toBeGreaterThan(0.3);
  });

  it('falls below nothing where another statement answers better', () => {
    expect(support('When does the upper lock open?')!.margin).toBeLessThan(0);
  });

  it('counts the words of both questions that the passages know', () => {
    expect(support('What do rowing boats pay at the upper lock?')).toMatchObject({
      askedElsewhere: 2,
      storedPresent: 1,
      namesDiffer: false,
    });
    expect(support('What do canoes pay at the upper lock?')).toMatchObject({ askedElsewhere: 0 });
  });

  it('is nothing where the answer is not found', () => {
    expect(support('What do barges pay?', [opening])).toBeNull();
  });

  it('does not depend on the order of the passages', () => {
    const asked = 'What do rowing boats pay at the lock?';
    expect(support(asked, [opening, tolls])).toEqual(support(asked, [tolls, opening]));
  });
});

describe('names without capitals', () => {
  const lines = passage(
    '| | Pier Line 4 | Pier Line 4 Express |\n|---|---|---|\n| Single ticket | 3 euros | 5 euros |',
  );
  const differ = (asked: string, stored: string) => {
    const question = readQuestion(asked);
    const rests = restsOnStatements(readQuestion(stored), '3 euros', [lines], [lines]);
    return supportFor(question, differenceOf(question, readQuestion(stored)), rests, readFound([lines]))
      ?.namesDiffer;
  };
  const PLAIN = 'what does a single ticket for pier line 4 cost?';
  const EXPRESS = 'what does a single ticket for pier line 4 express cost?';

  it('are those of the passages, whichever question has them', () => {
    expect(differ(EXPRESS, PLAIN)).toBe(true);
    expect(differ(PLAIN, EXPRESS)).toBe(true);
  });

  it('are neither common words nor words of a question that has capitals', () => {
    expect(differ('how much is a single ticket for pier line 4?', PLAIN)).toBe(false);
    expect(differ('What does an express ticket for Pier Line 4 cost?', PLAIN)).toBe(false);
  });
});

describe('an answer to a question about something unknown', () => {
  const about = (name: string) => `The flow limit of the ${name} pump is on sheet ${name.length}.`;
  const passages = ['quotable', 'wooden', 'zonal'].map((name) => passage(about(name)));
  const STORED = readQuestion('What is the flow limit of the lunar pump?');
  const support = restsOnStatements(
    STORED,
    passages.map(({ content }) => content).join(' '),
    passages,
    passages,
  );
  const picksStatement = (asked: string) => {
    const question = readQuestion(asked);
    const difference = differenceOf(question, STORED);
    return supportFor(question, difference, support, readFound(passages))?.picksStatement;
  };

  it('rests on several statements alike, and was not asked for one of them', () => {
    expect(support).toHaveLength(3);
    expect(picksStatement('What is the flow limit of the quotable pump?')).toBe(true);
    expect(picksStatement('How large is the flow limit of the lunar pump?')).toBe(false);
  });
});
