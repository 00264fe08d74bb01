import { seededRandom } from '../test/support/seeded-random';
import { apiReference } from './attributes/api-reference';
import { clinicalProtocols } from './attributes/clinical-protocols';
import { contracts } from './attributes/contracts';
import {
  type Attribute,
  type Field,
  LANGUAGES,
  type Layout,
  oneOf,
  type Random,
  shuffled,
} from './attributes/field';
import { handbook } from './attributes/handbook';
import { priceLists } from './attributes/price-lists';
import { products } from './attributes/products';
import { runBooks } from './attributes/run-books';
import { timetables } from './attributes/timetables';
import { anyVariant, type Wrapper, WRAPPERS, wrapQuestion } from './question-wrappers';

/** Kinds of documents that are generated. */
export const FIELDS: readonly Field[] = [
  contracts,
  handbook,
  products,
  runBooks,
  priceLists,
  timetables,
  clinicalProtocols,
  apiReference,
];

/** A document of attributes. */
export interface AttributeDocument {
  id: string;
  title: string;
  text: string;
}

/** A question about one attribute of one entity. */
export interface AttributeQuestion {
  /** Place in the order of asking. */
  i: number;
  q: string;
  /** Id of the document that answers it. */
  document: string;
  entity: string;
  attribute: string;
  /** Entity and attribute: questions of one cluster have the same answer. */
  cluster: string;
  field: string;
  /** `none` for a bare question. */
  wrapper: Wrapper | 'none';
  /** Which of the attribute's wordings, e.g. `0`, `de0` for a translation, or {@link KEYWORDS}. */
  wording: string;
  /** Where the answer stands in the document's text, in UTF-16 units. */
  start: number;
  end: number;
  answer: string;
}

export interface AttributeCorpus {
  documents: AttributeDocument[];
  questions: AttributeQuestion[];
}

export interface AttributeCorpusOptions {
  /** The same seed makes the same corpus. */
  seed: number;
  /** Wrap the questions; each document is asked about in {@link WRAPPERS_PER_DOCUMENT} wrappers. Default: bare. */
  wrapped?: boolean;
  /** Ask for each attribute once more by its label and the entity's name alone, as in a search box; bare questions only. */
  keywords?: boolean;
  /** Default 2. */
  documentsPerField?: number;
}

/** The wording that is no sentence. */
export const KEYWORDS = 'keywords';

const ENTITIES = { from: 2, to: 4 };
const ATTRIBUTES = { from: 8, to: 12 };
/** Three chunks at most. */
const MAX_FACTS = 36;
const WRAPPERS_PER_DOCUMENT = 3;
/** An application keeps to its wrapper; sometimes a part of its users has another version of it. */
const OTHER_VARIANT_SHARE = 0.2;

/** A value that a document gives to an attribute of an entity. */
interface Fact {
  entity: string;
  attribute: Attribute;
  value: string;
}

/**
 * Documents full of attributes of entities that are easily mistaken for each other, and several wordings of the
 * question for each, in a random order. Pure: depends on the options alone.
 */
export function attributeCorpus({
  seed,
  wrapped = false,
  keywords = false,
  documentsPerField = 2,
}: AttributeCorpusOptions): AttributeCorpus {
  const random = seededRandom(seed);
  const documents: AttributeDocument[] = [];
  const questions: Omit<AttributeQuestion, 'i'>[] = [];
  for (const field of FIELDS) {
    const bases = shuffled(field.bases, random);
    for (let n = 0; n < documentsPerField; n++) {
      const id = `${field.name}-${n + 1}`;
      const { document, placed } = writeDocument(id, field, bases[n % bases.length], n, random);
      documents.push(document);
      const ask = wrapped ? wrappedQuestions : bareQuestions;
      const origin = { field: field.name, document: id };
      questions.push(...ask(placed, origin, random));
      if (keywords) questions.push(...placed.map((fact) => keywordQuestion(fact, origin)));
    }
  }
  return { documents, questions: shuffled(questions, random).map((question, i) => ({ i, ...question })) };
}

/** A fact and where its value stands. */
interface PlacedFact extends Fact {
  start: number;
  end: number;
}

type Asked = Omit<AttributeQuestion, 'i'>;
type Origin = Pick<AttributeQuestion, 'field' | 'document'>;

function bareQuestions(facts: readonly PlacedFact[], origin: Origin): Asked[] {
  return facts.flatMap((fact) =>
    fact.attribute.questions.map((template, wording) => ({
      ...answered(fact, origin),
      q: fill(template, fact),
      wrapper: 'none' as const,
      wording: String(wording),
    })),
  );
}

function keywordQuestion(fact: PlacedFact, origin: Origin): Asked {
  const q = `${fact.attribute.label}, ${fact.entity}`;
  return { ...answered(fact, origin), q, wrapper: 'none', wording: KEYWORDS };
}

function wrappedQuestions(facts: readonly PlacedFact[], origin: Origin, random: Random): Asked[] {
  const wrappers = shuffled(WRAPPERS, random).slice(0, WRAPPERS_PER_DOCUMENT);
  return wrappers.flatMap((wrapper) => {
    if (wrapper === 'language') return translatedQuestions(facts, origin);
    const usual = anyVariant(wrapper, random);
    return bareQuestions(facts, origin).map((question) => {
      const variant = random() < OTHER_VARIANT_SHARE ? anyVariant(wrapper, random) : usual;
      return { ...question, wrapper, q: wrapQuestion(question.q, wrapper, variant) };
    });
  });
}

function translatedQuestions(facts: readonly PlacedFact[], origin: Origin): Asked[] {
  return facts.flatMap((fact) =>
    LANGUAGES.flatMap((language) =>
      (fact.attribute.translations?.[language] ?? []).map((template, wording) => ({
        ...answered(fact, origin),
        q: fill(template, fact),
        wrapper: 'language' as const,
        wording: `${language}${wording}`,
      })),
    ),
  );
}

function answered({ entity, attribute, value, start, end }: PlacedFact, origin: Origin) {
  const cluster = `${origin.document}/${entity}/${attribute.name}`;
  return { ...origin, entity, attribute: attribute.name, cluster, start, end, answer: value };
}

function writeDocument(id: string, field: Field, base: string, n: number, random: Random) {
  const entities = shuffled(field.forms, random)
    .slice(0, between(ENTITIES, random))
    .map((form) => form.replace('{base}', base));
  const most = Math.min(ATTRIBUTES.to, field.attributes.length, Math.floor(MAX_FACTS / entities.length));
  const chosen = shuffled(field.attributes, random).slice(
    0,
    between({ from: ATTRIBUTES.from, to: most }, random),
  );
  const facts = entities.flatMap((entity) => chosen.map((attribute) => ({ entity, attribute, value: '' })));
  setValues(facts, random);
  const title = oneOf(field.titles, random).replace('{base}', base);
  const writer = new DocumentWriter(`# ${title}\n\n${oneOf(field.openings, random)}\n`);
  LAYOUTS[field.layouts[n % field.layouts.length]](writer, facts, entities, chosen);
  return { document: { id, title, text: writer.text }, placed: writer.placed };
}

/** Values of one attribute differ between the entities as far as its range allows. */
function setValues(facts: Fact[], random: Random): void {
  const taken = new Set<string>();
  for (const fact of facts) {
    for (let attempt = 0; attempt < 50; attempt++) {
      fact.value = fact.attribute.value(random);
      if (!taken.has(`${fact.attribute.name} ${fact.value}`)) break;
    }
    taken.add(`${fact.attribute.name} ${fact.value}`);
  }
}

/** Text that grows, and where the facts in it stand. */
class DocumentWriter {
  readonly placed: PlacedFact[] = [];

  constructor(public text: string) {}

  write(text: string): void {
    this.text += text;
  }

  /** @param template with `{value}`, once */
  state(template: string, fact: Fact): void {
    const [before, after] = template.split('{value}').map((part) => part.replaceAll('{entity}', fact.entity));
    const opening = this.text.endsWith('\n') || /[.!?] $/.test(this.text) ? capitalised(before) : before;
    const start = this.text.length + opening.length;
    this.text += opening + fact.value + after;
    this.placed.push({ ...fact, start, end: start + fact.value.length });
  }
}

type Write = (
  writer: DocumentWriter,
  facts: readonly Fact[],
  entities: readonly string[],
  attributes: readonly Attribute[],
) => void;

const LAYOUTS: Readonly<Record<Layout, Write>> = {
  sections(writer, facts, entities) {
    for (const entity of entities) {
      writer.write(`\n## ${capitalised(entity)}\n\n`);
      const ofEntity = facts.filter((fact) => fact.entity === entity);
      ofEntity.forEach((fact, i) => {
        writer.state(i === 0 ? fact.attribute.sentence : fact.attribute.under, fact);
        writer.write(i % 4 === 3 && i < ofEntity.length - 1 ? '\n\n' : ' ');
      });
      writer.write('\n');
    }
  },
  topics(writer, facts, _entities, attributes) {
    for (const attribute of attributes) {
      writer.write(`\n**${attribute.label}.** `);
      for (const fact of facts.filter((one) => one.attribute === attribute)) {
        writer.state(attribute.sentence, fact);
        writer.write(' ');
      }
      writer.write('\n');
    }
  },
  table(writer, facts, entities, attributes) {
    writer.write(
      `\n|  | ${entities.map(capitalised).join(' | ')} |\n|${' --- |'.repeat(entities.length + 1)}\n`,
    );
    for (const attribute of attributes) {
      writer.write(`| ${attribute.label} |`);
      for (const fact of facts.filter((one) => one.attribute === attribute)) writer.state(' {value} |', fact);
      writer.write('\n');
    }
  },
  lists(writer, facts, entities) {
    for (const entity of entities) {
      writer.write(`\n## ${capitalised(entity)}\n\n`);
      for (const fact of facts.filter((one) => one.entity === entity)) {
        writer.state(`- ${fact.attribute.label}: {value}`, fact);
        writer.write('\n');
      }
    }
  },
};

function fill(template: string, { entity }: Fact): string {
  return capitalised(template.replaceAll('{entity}', entity));
}

/** API paths and the like keep their letters: only a first letter of prose is raised. */
function capitalised(text: string): string {
  return /^\p{Ll}[\p{L}]* /u.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
}

function between({ from, to }: { from: number; to: number }, random: Random): number {
  return from + Math.floor(random() * (Math.max(from, to) - from + 1));
}
