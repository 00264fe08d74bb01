import type { DocumentInput } from '../../test/support/evergreen';
import { syntheticText } from '../chunking/synthetic-text';

const SYLLABLES = ['zor', 'vex', 'mil', 'tan', 'quo', 'rib', 'lun', 'dap', 'fey', 'gol'];
/** Unlike words, so that full-text search finds as few passages as it does for real questions. */
const PROPERTIES =
  'flow limit,service interval,rated voltage,seal material,noise level,start pressure,gear oil,bolt torque,spare filter,valve clearance'.split(
    ',',
  );
const DEVICES = 'pump,crane,boiler,lathe,turbine,conveyor,mixer,furnace,tractor,elevator'.split(',');
const TOPICS_PER_DOCUMENT = 10;
/** What is said about a topic besides the fact: with that, a citation is as long as it may be. */
const FILLER_CHARACTERS = 300;
/** What makes an answer as long as answers are. */
const ELABORATION = syntheticText(500).replace(/\s+/g, ' ');
/**
 * How the question of a topic may be put; the first one is that which is answered and stored. All have the same content
 * words: with embeddings that count words alone, one more word is too much of a difference for the verifier.
 */
export const WORDINGS = 6;

/** The made-up name of what a topic is about: 1,000 of them. */
function nameOf(topic: number): string {
  return `${SYLLABLES[topic % 10]}${SYLLABLES[Math.floor(topic / 10) % 10]}${SYLLABLES[Math.floor(topic / 100) % 10]}ik`;
}

/** What is asked about, e.g. the flow limit of a pump: each topic has a name, a property and a device of its own mix. */
function subjectOf(topic: number): { property: string; thing: string } {
  const property = PROPERTIES[(topic * 7 + Math.floor(topic / 10)) % 10];
  return { property, thing: `${nameOf(topic)} ${DEVICES[Math.floor(topic / 10) % 10]}` };
}

/** A manual about so many machines, in documents of ten. */
export function manual(topics: number): DocumentInput[] {
  const filler = syntheticText(topics * FILLER_CHARACTERS).replace(/\s+/g, ' ');
  const sections = Array.from({ length: topics }, (_, topic) => {
    const { property, thing } = subjectOf(topic);
    const more = filler.slice(topic * FILLER_CHARACTERS, (topic + 1) * FILLER_CHARACTERS);
    return `The ${property} of the ${thing} is number ${topic + 7}. ${more}`;
  });
  return Array.from({ length: Math.ceil(topics / TOPICS_PER_DOCUMENT) }, (_, i) => ({
    external_id: `machines-${i}.md`,
    content: sections.slice(i * TOPICS_PER_DOCUMENT, (i + 1) * TOPICS_PER_DOCUMENT).join('\n\n'),
  }));
}

/**
 * The question about a topic, as a body of `POST /query`; all wordings ask the same.
 * @param wording 0 to {@link WORDINGS} − 1
 */
export function questionOf(topic: number, wording: number): string {
  const { property, thing } = subjectOf(topic);
  const query = [
    `What is the ${property} of the ${thing}?`,
    `What is the ${thing}'s ${property}?`,
    `What ${property} does the ${thing} have?`,
    `What is the ${property} that the ${thing} has?`,
    `The ${thing} has what ${property}?`,
    `What would the ${property} of the ${thing} be?`,
  ][wording];
  return JSON.stringify({ query, user_id: 'bench' });
}

/** What the fake language model answers: as long as answers are, and cites three sources. */
export function answerOf(messages: { role: string; content: string }[]): string {
  const question = (messages.at(-1)?.content ?? '').trim().split('\n').at(-1) ?? '';
  return `${question.slice(0, 100)} The sources say so [1], and more [2][3]. ${ELABORATION}`;
}
